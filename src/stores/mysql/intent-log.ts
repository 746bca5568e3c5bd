import type { IntentLog, OpenIntent } from '../../activities/intent-log.ts';
import type { ScanKind } from '../../domain/run.ts';
import { listsOf } from './bulk.ts';
import type { MysqlDatabase, Query } from './database.ts';
import { openIntents } from './open-intents.ts';
import { findRunKey, scanOf } from './run-keys.ts';
import { createRunValues } from './run-values.ts';
import { applyIntents } from './apply-intents.ts';
import { SCAN_CODES } from './tables.ts';

/** The membership log of a profile store that shares no transaction with this ledger; the port of the activities. */
export function createIntentLog(database: MysqlDatabase): IntentLog {
  const runValues = createRunValues(database);
  return {
    openIntents: (request) => openIntents(database, runValues, request),
    readOpenIntents: (runId, batch) => database.run((db) => readOpenIntents(db, runId, batch)),
    settleIntents: (runId, scan, outcome) =>
      database.transact((db) => settleIntents(db, { runId, scan, ...outcome })),
  };
}

async function readOpenIntents(db: Query, runId: string, batch?: number): Promise<readonly OpenIntent[]> {
  const run = await findRunKey(db, runId);
  if (run === null || !(await hasIntents(db, run, batch))) return [];
  const all = db
    .selectFrom('strata_changes')
    .select(['profile_id', 'scan', 'batch', 'version'])
    .where('run_key', '=', run)
    .where('is_open', '=', 1)
    .orderBy('profile_id')
    .orderBy('scan');
  const rows = await (batch === undefined ? all : all.where('batch', '=', batch)).execute();
  return rows.map(({ profile_id, scan, ...row }) => ({ id: profile_id, scan: scanOf(scan), ...row }));
}

/** Asked first because looking for open intents means looking through all of the run. */
async function hasIntents(db: Query, run: number, batch: number | undefined): Promise<boolean> {
  const any = db.selectFrom('strata_intent_batches').select('batch').where('run_key', '=', run).limit(1);
  const row = await (batch === undefined ? any : any.where('batch', '=', batch)).executeTakeFirst();
  return row !== undefined;
}

interface Settlement {
  readonly runId: string;
  readonly scan: ScanKind;
  readonly applied: readonly string[];
  readonly dropped: readonly string[];
}

async function settleIntents(db: Query, settlement: Settlement): Promise<void> {
  const run = await findRunKey(db, settlement.runId);
  if (run === null) return;
  const scan = SCAN_CODES[settlement.scan];
  await applyIntents(db, { run, scan }, settlement.applied.toSorted());
  for (const list of listsOf(settlement.dropped.toSorted())) {
    await db
      .deleteFrom('strata_changes')
      .where('run_key', '=', run)
      .where('profile_id', 'in', list)
      .where('scan', '=', scan)
      .where('is_open', '=', 1)
      .execute();
  }
}
