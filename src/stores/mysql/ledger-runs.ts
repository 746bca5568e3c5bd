import type { FinishedRun, NewRun, PlannedBatch } from '../../activities/ledger.ts';
import { RunNotFound } from '../../domain/errors.ts';
import { RUNNING_SO_FAR, type RunRecord } from '../../domain/run.ts';
import { insertRows } from './bulk.ts';
import type { MysqlDatabase, Query } from './database.ts';
import { lowerFutureFences, newerFences, raiseFences } from './fences.ts';
import { fromJson } from './rows.ts';
import { findRunKey, readRunKey } from './run-keys.ts';
import { SCAN_CODES } from './tables.ts';

export async function beginRun(
  database: MysqlDatabase,
  run: NewRun,
  batches: readonly PlannedBatch[],
): Promise<readonly string[]> {
  const key = await readRunKey(database, run.runId, run.slot);
  return database.transact(async (db) => {
    await lockRun(db, key);
    const begun = await db
      .selectFrom('strata_runs')
      .select('fenced')
      .where('run_key', '=', key)
      .executeTakeFirst();
    if (begun !== undefined) return fromJson<readonly string[]>(begun.fenced);
    if (run.mode === 'write' && run.force) await lowerFutureFences(db, run);
    if (run.mode === 'write') await raiseFences(db, run.segmentIds, run.slot);
    const fenced = await newerFences(db, run.segmentIds, run.slot);
    await db
      .insertInto('strata_runs')
      .values({ run_key: key, begun: JSON.stringify(run), fenced: JSON.stringify(fenced), finished: null })
      .execute();
    await insertRows(
      db,
      'INSERT INTO strata_batches (run_key, batch, scan, `range`, state) VALUES ?',
      batches.map(({ scan, range }, batch) => [key, batch, SCAN_CODES[scan], range, 'pending']),
    );
    return fenced;
  });
}

/** Of two callers that begin the same run at once, the second waits and finds it begun. */
async function lockRun(db: Query, key: number): Promise<void> {
  await db.selectFrom('strata_run_keys').select('run_key').where('run_key', '=', key).forUpdate().execute();
}

export async function finishRun(db: Query, run: FinishedRun): Promise<void> {
  const key = await findRunKey(db, run.runId);
  const updated =
    key !== null &&
    (await db
      .updateTable('strata_runs')
      .set({ finished: JSON.stringify(run) })
      .where('run_key', '=', key)
      .executeTakeFirst());
  if (updated === false || updated.numUpdatedRows === 0n)
    throw new RunNotFound(`The ledger has no run ${run.runId}.`);
}

export async function readRun(db: Query, runId: string): Promise<RunRecord | null> {
  const row = await db
    .selectFrom('strata_runs')
    .innerJoin('strata_run_keys', 'strata_run_keys.run_key', 'strata_runs.run_key')
    .select(['begun', 'finished'])
    .where('run_id', '=', runId)
    .executeTakeFirst();
  return row === undefined ? null : toRecord(row);
}

export async function readRuns(db: Query, limit: number): Promise<readonly RunRecord[]> {
  const rows = await db
    .selectFrom('strata_runs')
    .select(['begun', 'finished'])
    .orderBy('run_key', 'desc')
    .limit(limit)
    .execute();
  return rows.map(toRecord);
}

export async function readOpenRuns(db: Query): Promise<readonly RunRecord[]> {
  const rows = await db
    .selectFrom('strata_runs')
    .select(['begun', 'finished'])
    .where('finished', 'is', null)
    .orderBy('run_key')
    .execute();
  return rows.map(toRecord);
}

function toRecord({ begun, finished }: { begun: string; finished: string | null }): RunRecord {
  const outcome = finished === null ? RUNNING_SO_FAR : fromJson<FinishedRun>(finished);
  return { ...fromJson<NewRun>(begun), ...RUNNING_SO_FAR, ...outcome };
}
