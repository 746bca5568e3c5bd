import { CompiledQuery } from 'kysely';
import { listsOf } from './bulk.ts';
import type { Query } from './database.ts';

/** A row of the log or an intent, its values as characters. */
export interface KnownChange {
  readonly profileId: string;
  readonly run: number;
  readonly runId: string;
  readonly scan: number;
  readonly isOpen: boolean;
  readonly entered: string;
  readonly left: string;
  readonly reverted: number;
}

/** All that is known of these profiles, by profile, in the order of the writes. */
export async function readKnownChanges(
  db: Query,
  ids: readonly string[],
): Promise<ReadonlyMap<string, readonly KnownChange[]>> {
  const known = new Map<string, KnownChange[]>();
  for (const list of listsOf(ids)) {
    const { rows } = await db.executeQuery<Omit<KnownChange, 'isOpen'> & { readonly isOpen: number }>(
      CompiledQuery.raw(
        `SELECT c.profile_id AS profileId, c.run_key AS run, k.run_id AS runId, c.scan, c.is_open AS isOpen,
           c.entered, c.\`left\`, c.reverted
         FROM strata_changes c FORCE INDEX (by_profile) JOIN strata_run_keys k ON k.run_key = c.run_key
         WHERE c.profile_id IN (?) ORDER BY c.logged_at, c.run_key, c.scan`,
        [list],
      ),
    );
    for (const row of rows) {
      const change = { ...row, isOpen: row.isOpen === 1 };
      const changes = known.get(row.profileId);
      if (changes === undefined) known.set(row.profileId, [change]);
      else changes.push(change);
    }
  }
  return known;
}

/** By a value's character, the last word of the log on it. */
export function lastWords(changes: readonly KnownChange[]): ReadonlyMap<string, 'entered' | 'left'> {
  const words = new Map<string, 'entered' | 'left'>();
  for (const { isOpen, entered, left } of changes) {
    if (isOpen) continue;
    for (const character of left) words.set(character, 'left');
    for (const character of entered) words.set(character, 'entered');
  }
  return words;
}
