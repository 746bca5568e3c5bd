import { INTEGER, VARCHAR, type DuckDBConnection } from '@duckdb/node-api';
import type { BatchOutcome } from '../../activities/ledger.ts';
import { RunNotFound } from '../../domain/errors.ts';
import type { SetAsideProfile } from '../../domain/profile.ts';
import type { BatchRecord, BatchTally, ScanKind } from '../../domain/run.ts';
import { EMPTY_TALLY } from '../../domain/tally.ts';
import { fromJson, selectRows, textOrNull, type Cell } from './rows.ts';

const BATCH = 'SELECT batch, scan, range, state, failure, tally FROM batches';

export async function readBatch(
  connection: DuckDBConnection,
  runId: string,
  batch: number,
): Promise<BatchRecord | null> {
  const [row] = await selectRows(
    connection,
    `${BATCH} WHERE run_id = $1 AND batch = $2`,
    [runId, batch],
    [VARCHAR, INTEGER],
  );
  return row === undefined ? null : toBatch(row);
}

export async function readBatches(
  connection: DuckDBConnection,
  runId: string,
): Promise<readonly BatchRecord[]> {
  const rows = await selectRows(connection, `${BATCH} WHERE run_id = $1 ORDER BY batch`, [runId]);
  return rows.map(toBatch);
}

export async function finishBatch(
  connection: DuckDBConnection,
  runId: string,
  batch: number,
  outcome: BatchOutcome,
): Promise<void> {
  const failure = outcome.state === 'failed' ? outcome.failure : null;
  const tally = outcome.state === 'done' ? JSON.stringify(outcome.tally) : null;
  const { rowsChanged } = await connection.run(
    `UPDATE batches SET state = $1, failure = $2, tally = $3
     WHERE run_id = $4 AND batch = $5 AND (state <> 'done' OR $1 = 'done')`,
    [outcome.state, failure, tally, runId, batch],
    [VARCHAR, VARCHAR, VARCHAR, VARCHAR, INTEGER],
  );
  if (rowsChanged === 0 && (await readBatch(connection, runId, batch)) === null)
    throw new RunNotFound(`The ledger has no batch ${batch} of run ${runId}.`);
}

function toBatch([batch, scan, range, state, failure, tally]: readonly Cell[]): BatchRecord {
  return {
    batch: Number(batch),
    scan: scanOf(scan),
    range: String(range),
    state: state === 'done' || state === 'failed' ? state : 'pending',
    failure: textOrNull(failure),
    // A tally of the first days lacks the newer counts.
    tally: textOrNull(tally) === null ? null : { ...EMPTY_TALLY, ...fromJson<BatchTally>(tally) },
  };
}

function scanOf(scan: Cell | undefined): ScanKind {
  return scan === 'workflows' ? 'workflows' : 'conditions';
}

export async function recordSetAside(
  connection: DuckDBConnection,
  runId: string,
  profiles: readonly SetAsideProfile[],
): Promise<void> {
  if (profiles.length === 0) return;
  await connection.run(
    'CREATE OR REPLACE TEMP TABLE staged_set_aside (sequence INTEGER, id VARCHAR, reason VARCHAR)',
  );
  const appender = await connection.createAppender('staged_set_aside', 'main', 'temp');
  profiles.forEach(({ id, reason }, sequence) => {
    appender.appendInteger(sequence);
    appender.appendVarchar(id);
    appender.appendVarchar(reason);
    appender.endRow();
  });
  appender.closeSync();
  await connection.run(
    `INSERT INTO set_aside SELECT $1, id, first(reason ORDER BY sequence) FROM staged_set_aside
     WHERE id NOT IN (SELECT profile_id FROM set_aside WHERE run_id = $1) GROUP BY id`,
    [runId],
    [VARCHAR],
  );
}

export async function readSetAside(
  connection: DuckDBConnection,
  runId: string,
  limit: number,
): Promise<readonly SetAsideProfile[]> {
  const rows = await selectRows(
    connection,
    `SELECT '.' || profile_id, reason FROM set_aside WHERE run_id = $1 ORDER BY profile_id LIMIT $2`,
    [runId, limit],
    [VARCHAR, INTEGER],
  );
  return rows.map(([id, reason]) => ({ id: String(id).slice(1), reason: String(reason) }));
}
