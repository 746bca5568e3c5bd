import type { Firing } from '../../activities/ledger.ts';
import type { Query } from './database.ts';
import { isoOf } from './run-keys.ts';

export async function claimFiring(db: Query, { segmentId, at, runId }: Firing): Promise<boolean> {
  const key = { segment: segmentId, firing_at: isoOf(at) };
  await db
    .insertInto('strata_firings')
    .values({ ...key, run_id: runId })
    .onDuplicateKeyUpdate((row) => ({ run_id: row.ref('strata_firings.run_id') }))
    .execute();
  const { run_id } = await db
    .selectFrom('strata_firings')
    .select('run_id')
    .where('segment', '=', key.segment)
    .where('firing_at', '=', key.firing_at)
    .executeTakeFirstOrThrow();
  return run_id === runId;
}
