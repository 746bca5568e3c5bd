import { InvalidSegment } from '../domain/errors.ts';
import { readPublished, type SetContents } from '../domain/published-set.ts';
import type { Ledger } from './ledger.ts';
import type { ProfileStore } from './profile-store.ts';

export interface PinnedDefinitions extends SetContents {
  readonly hash: string;
}

/** Reads published definitions by hash, parsed once per process: a hash never changes its meaning. */
export function createDefinitionReader(
  ledger: Pick<Ledger, 'readDefinitions'>,
  { forms }: Pick<ProfileStore, 'forms'>,
): (hash: string | null) => Promise<PinnedDefinitions> {
  let last: PinnedDefinitions | null = null;
  return async (hash) => {
    if (hash !== null && last?.hash === hash) return last;
    const set = await ledger.readDefinitions(hash);
    if (set === null) {
      throw new InvalidSegment(
        hash === null
          ? 'No definitions are published yet: run `strata schedules apply` (or `strata up`) first.'
          : `The ledger has no definition set ${hash}.`,
      );
    }
    if (last?.hash !== set.hash) last = { hash: set.hash, ...readPublished(set.definitions, forms) };
    return last;
  };
}
