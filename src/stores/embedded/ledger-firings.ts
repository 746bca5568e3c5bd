import type { DuckDBConnection } from '@duckdb/node-api';
import type { Firing } from '../../activities/ledger.ts';
import { isoOf } from './fences.ts';
import { selectRows } from './rows.ts';

export async function claimFiring(
  connection: DuckDBConnection,
  { segmentId, at, runId }: Firing,
): Promise<boolean> {
  const instant = isoOf(at);
  const [row] = await selectRows(
    connection,
    'SELECT run_id FROM firings WHERE segment_id = $1 AND firing_at = $2',
    [segmentId, instant],
  );
  if (row !== undefined) return row[0] === runId;
  await connection.run('INSERT INTO firings VALUES ($1, $2, $3)', [segmentId, instant, runId]);
  return true;
}
