import { CompiledQuery } from 'kysely';
import type { NewRun } from '../../activities/ledger.ts';
import type { Query } from './database.ts';

/** The segments for which a slot newer than this one has begun. */
export async function newerFences(
  db: Query,
  segments: readonly string[],
  slot: string,
): Promise<readonly string[]> {
  if (segments.length === 0) return [];
  const rows = await db
    .selectFrom('strata_fences')
    .select('segment')
    .where('segment', 'in', segments)
    .where('slot_time', '>', Date.parse(slot))
    .execute();
  const newer = new Set(rows.map(({ segment }) => segment));
  return segments.filter((segment) => newer.has(segment));
}

export async function newestFence(db: Query, segments: readonly string[]): Promise<string | null> {
  if (segments.length === 0) return null;
  const { newest } = await db
    .selectFrom('strata_fences')
    .select(({ fn }) => fn.max<number | null>('slot_time').as('newest'))
    .where('segment', 'in', segments)
    .executeTakeFirstOrThrow();
  return newest === null ? null : new Date(newest).toISOString();
}

/** Moves the fence of each segment up to this slot, never back, and keeps it until the transaction ends. */
export async function raiseFences(db: Query, segments: readonly string[], slot: string): Promise<void> {
  await upsertFences(db, segments, Date.parse(slot));
}

/** Takes fences that stand later than the run's own start back to its slot: no run of theirs can have been due yet. */
export async function lowerFutureFences(
  db: Query,
  { segmentIds, slot, startedAt }: Pick<NewRun, 'segmentIds' | 'slot' | 'startedAt'>,
): Promise<void> {
  if (segmentIds.length === 0) return;
  await db
    .updateTable('strata_fences')
    .set({ slot_time: Date.parse(slot) })
    .where('segment', 'in', segmentIds)
    .where('slot_time', '>', Date.parse(startedAt))
    .execute();
}

/**
 * Keeps the fences from moving until the transaction ends, and answers the segments for which a newer slot has
 * begun. A run that begins meanwhile waits; readers of the same fences do not wait for each other.
 */
export async function holdFences(
  db: Query,
  segments: readonly string[],
  slot: string,
): Promise<readonly string[]> {
  if (segments.length === 0) return [];
  const held = await lockFences(db, segments);
  if (held.size === new Set(segments).size) return newerOf(segments, held, slot);
  // A row that is not there cannot be held.
  await upsertFences(
    db,
    segments.filter((segment) => !held.has(segment)),
    0,
  );
  return newerOf(segments, await lockFences(db, segments), slot);
}

function newerOf(
  segments: readonly string[],
  held: ReadonlyMap<string, number>,
  slot: string,
): readonly string[] {
  const time = Date.parse(slot);
  return segments.filter((segment) => (held.get(segment) ?? 0) > time);
}

async function lockFences(db: Query, segments: readonly string[]): Promise<ReadonlyMap<string, number>> {
  // `FOR SHARE` is MySQL's alone.
  const { rows } = await db.executeQuery<{ segment: string; slot_time: number }>(
    CompiledQuery.raw(
      `SELECT segment, slot_time FROM strata_fences FORCE INDEX (PRIMARY) WHERE segment IN (?)
       ORDER BY segment LOCK IN SHARE MODE`,
      [[...segments]],
    ),
  );
  return new Map(rows.map(({ segment, slot_time }) => [segment, slot_time]));
}

async function upsertFences(db: Query, segments: readonly string[], slotTime: number): Promise<void> {
  if (segments.length === 0) return;
  const rows = [...new Set(segments)].toSorted().map((segment) => [segment, slotTime]);
  await db.executeQuery(
    CompiledQuery.raw(
      `INSERT INTO strata_fences (segment, slot_time) VALUES ?
       ON DUPLICATE KEY UPDATE slot_time = GREATEST(slot_time, VALUES(slot_time))`,
      [rows],
    ),
  );
}
