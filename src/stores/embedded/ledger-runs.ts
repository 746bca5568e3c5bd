import { INTEGER, VARCHAR, type DuckDBConnection } from '@duckdb/node-api';
import type { FinishedRun, NewRun, PlannedBatch } from '../../activities/ledger.ts';
import { RunNotFound } from '../../domain/errors.ts';
import { RUNNING_SO_FAR, type RunRecord } from '../../domain/run.ts';
import { isoOf, lowerFutureFences, newerFences, raiseFences } from './fences.ts';
import { fromJson, selectRow, selectRows, type Cell } from './rows.ts';
import { readRunKey } from './run-keys.ts';

export async function beginRun(
  connection: DuckDBConnection,
  run: NewRun,
  batches: readonly PlannedBatch[],
): Promise<readonly string[]> {
  const [begun] = await selectRows(connection, 'SELECT fenced FROM runs WHERE run_id = $1', [run.runId]);
  if (begun !== undefined) return fromJson<readonly string[]>(begun[0]);
  if (run.mode === 'write' && run.force) await lowerFutureFences(connection, run);
  const fenced = await newerFences(connection, run.segmentIds, run.slot);
  if (run.mode === 'write') await raiseFences(connection, run.segmentIds, run.slot);
  const [sequence] = await selectRow(connection, 'SELECT coalesce(max(sequence), 0) + 1 FROM runs');
  await connection.run(
    'INSERT INTO runs VALUES ($1, $2, $3, $4, NULL)',
    [run.runId, Number(sequence), JSON.stringify(run), JSON.stringify(fenced)],
    [VARCHAR, INTEGER, VARCHAR, VARCHAR],
  );
  // Given now, so that the log's runs are in the order in which they began.
  await readRunKey(connection, run.runId, isoOf(run.slot));
  await insertBatches(connection, run.runId, batches);
  return fenced;
}

async function insertBatches(
  connection: DuckDBConnection,
  runId: string,
  batches: readonly PlannedBatch[],
): Promise<void> {
  const appender = await connection.createAppender('batches');
  batches.forEach(({ scan, range }, batch) => {
    appender.appendVarchar(runId);
    appender.appendInteger(batch);
    appender.appendVarchar(scan);
    appender.appendVarchar(range);
    appender.appendVarchar('pending');
    appender.appendNull();
    appender.appendNull();
    appender.endRow();
  });
  appender.closeSync();
}

export async function finishRun(connection: DuckDBConnection, run: FinishedRun): Promise<void> {
  const { rowsChanged } = await connection.run('UPDATE runs SET finished = $1 WHERE run_id = $2', [
    JSON.stringify(run),
    run.runId,
  ]);
  if (rowsChanged === 0) throw new RunNotFound(`The ledger has no run ${run.runId}.`);
}

export async function readRun(connection: DuckDBConnection, runId: string): Promise<RunRecord | null> {
  const [row] = await selectRows(connection, 'SELECT begun, finished FROM runs WHERE run_id = $1', [runId]);
  return row === undefined ? null : toRecord(row[0], row[1]);
}

export async function readRuns(connection: DuckDBConnection, limit: number): Promise<readonly RunRecord[]> {
  const rows = await selectRows(
    connection,
    'SELECT begun, finished FROM runs ORDER BY sequence DESC LIMIT $1',
    [limit],
    [INTEGER],
  );
  return rows.map(([begun, finished]) => toRecord(begun, finished));
}

export async function readOpenRuns(connection: DuckDBConnection): Promise<readonly RunRecord[]> {
  const rows = await selectRows(
    connection,
    'SELECT begun FROM runs WHERE finished IS NULL ORDER BY sequence',
  );
  return rows.map(([begun]) => toRecord(begun, null));
}

function toRecord(begun: Cell | undefined, finished: Cell | undefined): RunRecord {
  const outcome = finished === null ? RUNNING_SO_FAR : fromJson<FinishedRun>(finished);
  return { ...fromJson<NewRun>(begun), ...RUNNING_SO_FAR, ...outcome };
}
