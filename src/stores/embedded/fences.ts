import { BIGINT, LIST, VARCHAR, listValue, type DuckDBConnection } from '@duckdb/node-api';
import type { NewRun } from '../../activities/ledger.ts';
import { selectRow, selectRows } from './rows.ts';

/** One spelling of an instant, so that the same slot is the same text everywhere. */
export function isoOf(instant: string): string {
  return new Date(instant).toISOString();
}

/** The segments for which a slot newer than this one has begun. */
export async function newerFences(
  connection: DuckDBConnection,
  segments: readonly string[],
  slot: string,
): Promise<readonly string[]> {
  if (segments.length === 0) return [];
  const rows = await selectRows(
    connection,
    `SELECT segment FROM fences WHERE slot_time > ${Date.parse(slot)}`,
  );
  const newer = new Set(rows.map(([segment]) => String(segment)));
  return segments.filter((segment) => newer.has(segment));
}

/** Moves the fence of each segment up to this slot, never back. */
export async function raiseFences(
  connection: DuckDBConnection,
  segments: readonly string[],
  slot: string,
): Promise<void> {
  if (segments.length === 0) return;
  const values = [isoOf(slot), BigInt(Date.parse(slot)), listValue([...segments])];
  const types = [VARCHAR, BIGINT, LIST(VARCHAR)];
  await connection.run(
    'UPDATE fences SET slot = $1, slot_time = $2 WHERE slot_time < $2 AND list_contains($3, segment)',
    values,
    types,
  );
  await connection.run(
    `INSERT INTO fences SELECT segment, $1, $2 FROM (SELECT DISTINCT unnest($3) AS segment)
     WHERE segment NOT IN (SELECT segment FROM fences)`,
    values,
    types,
  );
}

/** Takes fences that stand later than the run's own start back to its slot: no run of theirs can have been due yet. */
export async function lowerFutureFences(
  connection: DuckDBConnection,
  { segmentIds, slot, startedAt }: Pick<NewRun, 'segmentIds' | 'slot' | 'startedAt'>,
): Promise<void> {
  if (segmentIds.length === 0) return;
  const values = [
    isoOf(slot),
    BigInt(Date.parse(slot)),
    listValue([...segmentIds]),
    BigInt(Date.parse(startedAt)),
  ];
  await connection.run(
    'UPDATE fences SET slot = $1, slot_time = $2 WHERE slot_time > $4 AND list_contains($3, segment)',
    values,
    [VARCHAR, BIGINT, LIST(VARCHAR), BIGINT],
  );
}

export async function newestFence(
  connection: DuckDBConnection,
  segments: readonly string[],
): Promise<string | null> {
  const [time] = await selectRow(
    connection,
    'SELECT max(slot_time)::DOUBLE FROM fences WHERE list_contains($1, segment)',
    [listValue([...segments])],
    [LIST(VARCHAR)],
  );
  return time === null ? null : new Date(Number(time)).toISOString();
}
