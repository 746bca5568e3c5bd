import type { PausedSegment } from '../../activities/ledger.ts';
import type { Query } from './database.ts';

export async function pauseSegment(db: Query, { segmentId, reason, pausedAt }: PausedSegment): Promise<void> {
  await db
    .insertInto('strata_paused_segments')
    .values({ segment: segmentId, reason, paused_at: pausedAt })
    .onDuplicateKeyUpdate({ reason, paused_at: pausedAt })
    .execute();
}

export async function resumeSegment(db: Query, segmentId: string): Promise<boolean> {
  const { numDeletedRows } = await db
    .deleteFrom('strata_paused_segments')
    .where('segment', '=', segmentId)
    .executeTakeFirst();
  return numDeletedRows > 0n;
}

export async function readPausedSegments(db: Query): Promise<readonly PausedSegment[]> {
  return db
    .selectFrom('strata_paused_segments')
    .select(['segment as segmentId', 'reason', 'paused_at as pausedAt'])
    .orderBy('segment')
    .execute();
}
