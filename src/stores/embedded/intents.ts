import { listValue, LIST, VARCHAR, type DuckDBConnection } from '@duckdb/node-api';
import type { IntentLog, IntentOutcome, IntentRequest, OpenIntent } from '../../activities/intent-log.ts';
import type { ScanKind } from '../../domain/run.ts';
import type { Database } from './database.ts';
import { isoOf, newerFences } from './fences.ts';
import { readLoggedIntents, readRepeatedWords, wordKey } from './intent-words.ts';
import { selectRows } from './rows.ts';
import { findRunKey, readRunKey, SCAN_CODES, scanOf } from './run-keys.ts';
import { stageIntents, type StagedIntent } from './staged-intents.ts';

/** The membership log of profiles that live in another store. */
export function createIntentLog(database: Database): IntentLog {
  const { values } = database;

  async function openIntents(request: IntentRequest): Promise<IntentOutcome> {
    const staged = request.intents.map((intent): StagedIntent => ({
      ...intent,
      entered: values.encode(intent.entered),
      left: values.encode(intent.left),
    }));
    await values.keep();
    return database.write((connection) => open(connection, request, staged));
  }

  return {
    openIntents,
    readOpenIntents: (runId, batch) =>
      database.read((connection) => readOpenIntents(connection, runId, batch)),
    settleIntents: (runId, scan, outcome) =>
      database.write((connection) => settle(connection, { runId, scan }, outcome)),
  };
}

async function open(
  connection: DuckDBConnection,
  { runId, scan, batch, segments, slot, force }: IntentRequest,
  staged: readonly StagedIntent[],
): Promise<IntentOutcome> {
  const superseded = force ? [] : await newerFences(connection, segments, slot);
  if (superseded.length > 0) return { kind: 'superseded', segments: superseded };
  if (staged.length === 0) return { kind: 'open', reverted: [] };
  const run = await readRunKey(connection, runId, isoOf(slot));
  await stageIntents(connection, staged);
  await applyProven(connection);
  const key = { run, scan: SCAN_CODES[scan] };
  await connection.run(
    `DELETE FROM open_intents WHERE run = ${run} AND scan = ${key.scan} AND profile_id IN (SELECT id FROM staged_intents)`,
  );
  const logged = await readLoggedIntents(connection, key);
  const repeated = await readRepeatedWords(connection);
  const fresh = staged
    .filter(({ id }) => !logged.has(id))
    .map((intent) => {
      const isFresh = (side: 'entered' | 'left') => (code: string) =>
        !repeated.has(wordKey(intent.id, side, code));
      const entered = Array.from(intent.entered).filter(isFresh('entered'));
      const left = Array.from(intent.left).filter(isFresh('left'));
      const reverted =
        Array.from(intent.entered).length + Array.from(intent.left).length - entered.length - left.length;
      return { ...intent, entered: entered.join(''), left: left.join(''), reverted };
    });
  await insertOpen(connection, { ...key, batch }, fresh);
  const reverted = [
    ...[...logged].map(([id, count]) => ({ id, values: count })),
    ...fresh.map(({ id, reverted: count }) => ({ id, values: count })),
  ];
  return { kind: 'open', reverted: reverted.filter((profile) => profile.values > 0) };
}

/** What a stamp on a staged profile names has been written: it belongs to the log before anything newer does. */
async function applyProven(connection: DuckDBConnection): Promise<void> {
  const proven = `open_intents.profile_id = staged_intents.id AND run_keys.key = open_intents.run
    AND run_keys.run_id = staged_intents.stamp_run AND list_contains(staged_intents.stamp_scans, open_intents.scan)`;
  await moveToLog(
    connection,
    `EXISTS (SELECT 1 FROM staged_intents, run_keys WHERE ${proven} AND staged_intents.stamp_run IS NOT NULL)`,
  );
}

async function moveToLog(connection: DuckDBConnection, where: string, applied?: readonly string[]) {
  const values = applied === undefined ? [] : [listValue([...applied])];
  const types = applied === undefined ? [] : [LIST(VARCHAR)];
  const { rowsChanged } = await connection.run(
    `INSERT INTO intent_log SELECT run, scan, batch, profile_id, entered, "left", reverted, ${Date.now()}
     FROM open_intents WHERE ${where} ORDER BY open_intents.rowid`,
    values,
    types,
  );
  if (rowsChanged > 0) await connection.run(`DELETE FROM open_intents WHERE ${where}`, values, types);
}

interface OpenKey {
  readonly run: number;
  readonly scan: number;
  readonly batch: number;
}

async function insertOpen(
  connection: DuckDBConnection,
  { run, scan, batch }: OpenKey,
  intents: readonly (StagedIntent & { readonly reverted: number })[],
): Promise<void> {
  const appender = await connection.createAppender('open_intents');
  for (const intent of intents) {
    appender.appendInteger(run);
    appender.appendUTinyInt(scan);
    appender.appendInteger(batch);
    appender.appendVarchar(intent.id);
    appender.appendVarchar(intent.version);
    appender.appendVarchar(intent.entered);
    appender.appendVarchar(intent.left);
    appender.appendInteger(intent.reverted);
    appender.endRow();
  }
  appender.closeSync();
}

async function readOpenIntents(
  connection: DuckDBConnection,
  runId: string,
  batch: number | undefined,
): Promise<readonly OpenIntent[]> {
  const run = await findRunKey(connection, runId);
  if (run === null) return [];
  const rows = await selectRows(
    connection,
    `SELECT '.' || profile_id, scan, batch, version FROM open_intents
     WHERE run = ${run}${batch === undefined ? '' : ` AND batch = ${batch}`}`,
  );
  return rows.map(([id, scan, from, version]) => ({
    id: String(id).slice(1),
    scan: scanOf(Number(scan)),
    batch: Number(from),
    version: String(version),
  }));
}

async function settle(
  connection: DuckDBConnection,
  { runId, scan }: { readonly runId: string; readonly scan: ScanKind },
  { applied, dropped }: { readonly applied: readonly string[]; readonly dropped: readonly string[] },
): Promise<void> {
  const run = await findRunKey(connection, runId);
  if (run === null) return;
  const own = `run = ${run} AND scan = ${SCAN_CODES[scan]} AND profile_id IN (SELECT unnest($1))`;
  if (applied.length > 0) await moveToLog(connection, own, applied);
  if (dropped.length > 0)
    await connection.run(`DELETE FROM open_intents WHERE ${own}`, [listValue([...dropped])], [LIST(VARCHAR)]);
}
