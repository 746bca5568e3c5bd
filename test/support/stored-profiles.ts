import type { ProfileStore } from '../../src/activities/profile-store.ts';
import type { StoredProfile } from '../../src/domain/profile.ts';

/** Every profile of a store, through its port. Only for tests: it holds them all. */
export async function readAllProfiles(store: ProfileStore): Promise<readonly StoredProfile[]> {
  const scan = store.openScan({ runId: 'a-reader', scan: 'conditions', now: 0, reach: { kind: 'all' } });
  const { ranges } = await scan.plan({ batchCandidates: () => 1_000_000, maxBatches: 1 });
  const profiles: StoredProfile[] = [];
  for (const range of ranges) {
    let after: string | null = null;
    do {
      const page = await scan.readPage(range, after);
      for (const each of page.met) if (each.kind === 'profile') profiles.push(each.profile);
      after = page.next;
    } while (after !== null);
  }
  return profiles;
}
