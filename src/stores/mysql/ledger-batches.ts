import type { BatchOutcome } from '../../activities/ledger.ts';
import { RunNotFound } from '../../domain/errors.ts';
import type { SetAsideProfile } from '../../domain/profile.ts';
import type { BatchRecord, BatchTally } from '../../domain/run.ts';
import { byId, insertRows } from './bulk.ts';
import type { Query } from './database.ts';
import { fromJson } from './rows.ts';
import { findRunKey, scanOf } from './run-keys.ts';
import type { Tables } from './tables.ts';

export async function readBatch(db: Query, runId: string, batch: number): Promise<BatchRecord | null> {
  const row = await batchesOf(db, runId).where('batch', '=', batch).executeTakeFirst();
  return row === undefined ? null : toBatch(row);
}

export async function readBatches(db: Query, runId: string): Promise<readonly BatchRecord[]> {
  const rows = await batchesOf(db, runId).orderBy('batch').execute();
  return rows.map(toBatch);
}

// The inferred type of a query spells out every table.
// oxlint-disable-next-line typescript/explicit-module-boundary-types
function batchesOf(db: Query, runId: string) {
  return db
    .selectFrom('strata_batches')
    .innerJoin('strata_run_keys', 'strata_run_keys.run_key', 'strata_batches.run_key')
    .select(['batch', 'scan', 'range', 'state', 'failure', 'tally'])
    .where('run_id', '=', runId);
}

function toBatch(row: Omit<Tables['strata_batches'], 'run_key'>): BatchRecord {
  return {
    ...row,
    scan: scanOf(row.scan),
    tally: row.tally === null ? null : fromJson<BatchTally>(row.tally),
  };
}

export async function finishBatch(
  db: Query,
  runId: string,
  batch: number,
  outcome: BatchOutcome,
): Promise<void> {
  const key = await findRunKey(db, runId);
  const updated =
    key !== null &&
    (await db
      .updateTable('strata_batches')
      .set({
        state: outcome.state,
        failure: outcome.state === 'failed' ? outcome.failure : null,
        tally: outcome.state === 'done' ? JSON.stringify(outcome.tally) : null,
      })
      .where('run_key', '=', key)
      .where('batch', '=', batch)
      .$if(outcome.state === 'failed', (query) => query.where('state', '<>', 'done'))
      .executeTakeFirst());
  if (updated !== false && updated.numUpdatedRows > 0n) return;
  if ((await readBatch(db, runId, batch)) === null)
    throw new RunNotFound(`The ledger has no batch ${batch} of run ${runId}.`);
}

export async function recordSetAside(
  db: Query,
  runId: string,
  profiles: readonly SetAsideProfile[],
): Promise<void> {
  if (profiles.length === 0) return;
  await insertRows(
    db,
    `INSERT INTO strata_set_aside (run_id, profile_id, reason) VALUES ?
     ON DUPLICATE KEY UPDATE profile_id = strata_set_aside.profile_id`,
    profiles.toSorted(byId).map(({ id, reason }) => [runId, id, reason]),
  );
}

export async function readSetAside(
  db: Query,
  runId: string,
  limit: number,
): Promise<readonly SetAsideProfile[]> {
  return db
    .selectFrom('strata_set_aside')
    .select(['profile_id as id', 'reason'])
    .where('run_id', '=', runId)
    .orderBy('profile_id')
    .limit(limit)
    .execute();
}
