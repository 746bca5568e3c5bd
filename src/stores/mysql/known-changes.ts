import { CompiledQuery } from 'kysely';
import { listsOf } from './bulk.ts';
import type { Query } from './database.ts';

/** A row of the log or an intent, its values as characters. */
export interface KnownChange {
  readonly run: number;
  readonly scan: number;
  readonly isOpen: boolean;
  readonly entered: string;
  readonly left: string;
  readonly reverted: number;
  readonly loggedAt: number;
}

type KnownRow = Omit<KnownChange, 'isOpen'> & { readonly id: string; readonly isOpen: number };

/** All that is known of these profiles, by profile, in the order of the writes. */
export async function readKnownChanges(
  db: Query,
  ids: readonly string[],
): Promise<Map<string, readonly KnownChange[]>> {
  const known = new Map<string, KnownChange[]>();
  for (const list of listsOf(ids)) {
    const { rows } = await db.executeQuery<KnownRow>(
      CompiledQuery.raw(
        `SELECT profile_id AS id, run_key AS run, scan, is_open AS isOpen, entered, \`left\`, reverted,
           logged_at AS loggedAt
         FROM strata_changes FORCE INDEX (by_profile) WHERE profile_id IN (?)`,
        [list],
      ),
    );
    for (const { id, isOpen, ...row } of rows) {
      const change = { ...row, isOpen: isOpen === 1 };
      const others = known.get(id);
      if (others === undefined) known.set(id, [change]);
      else others.push(change);
    }
  }
  for (const changes of known.values()) changes.sort(byTime);
  return known;
}

function byTime(a: KnownChange, b: KnownChange): number {
  return a.loggedAt - b.loggedAt || a.run - b.run || a.scan - b.scan;
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
