import { INTEGER, VARCHAR, type DuckDBConnection } from '@duckdb/node-api';
import type { ScanKind } from '../../domain/run.ts';
import { selectRow, selectRows } from './rows.ts';

/** As the log stores them; never renumber. */
export const SCAN_CODES: Readonly<Record<ScanKind, number>> = { conditions: 1, workflows: 2 };

export function scanOf(code: number): ScanKind {
  return code === SCAN_CODES.workflows ? 'workflows' : 'conditions';
}

/** The log names a run by a small number, given when the run first needs one. */
export async function readRunKey(connection: DuckDBConnection, runId: string, slot: string): Promise<number> {
  const known = await findRunKey(connection, runId);
  if (known !== null) return known;
  const [key] = await selectRow(connection, 'SELECT coalesce(max(key), 0) + 1 FROM run_keys');
  await connection.run(
    'INSERT INTO run_keys VALUES ($1, $2, $3)',
    [Number(key), runId, slot],
    [INTEGER, VARCHAR, VARCHAR],
  );
  return Number(key);
}

export async function findRunKey(connection: DuckDBConnection, runId: string): Promise<number | null> {
  const [row] = await selectRows(connection, 'SELECT key FROM run_keys WHERE run_id = $1', [runId]);
  return row === undefined ? null : Number(row[0]);
}
