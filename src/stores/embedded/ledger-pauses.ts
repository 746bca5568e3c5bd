import type { DuckDBConnection } from '@duckdb/node-api';
import type { PausedSegment } from '../../activities/ledger.ts';
import { selectRows } from './rows.ts';

export async function pauseSegment(
  connection: DuckDBConnection,
  { segmentId, reason, pausedAt }: PausedSegment,
): Promise<void> {
  await resumeSegment(connection, segmentId);
  await connection.run('INSERT INTO paused_segments VALUES ($1, $2, $3)', [segmentId, reason, pausedAt]);
}

export async function resumeSegment(connection: DuckDBConnection, segmentId: string): Promise<boolean> {
  const { rowsChanged } = await connection.run('DELETE FROM paused_segments WHERE segment = $1', [segmentId]);
  return rowsChanged > 0;
}

export async function readPausedSegments(connection: DuckDBConnection): Promise<readonly PausedSegment[]> {
  const rows = await selectRows(
    connection,
    'SELECT segment, reason, paused_at FROM paused_segments ORDER BY segment',
  );
  return rows.map(([segmentId, reason, pausedAt]) => ({
    segmentId: String(segmentId),
    reason: String(reason),
    pausedAt: String(pausedAt),
  }));
}
