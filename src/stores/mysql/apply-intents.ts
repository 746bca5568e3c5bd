import { CompiledQuery } from 'kysely';
import { listsOf } from './bulk.ts';
import type { CodedIntent } from './coded-intents.ts';
import type { Query } from './database.ts';
import type { KnownChange } from './known-changes.ts';
import { findRunIds, scanOf } from './run-keys.ts';

export interface IntentKey {
  readonly run: number;
  readonly scan: number;
}

/**
 * Makes open intents lines of the log. They keep the version that the write started from: to clear it would move
 * the row, which costs more than the bytes.
 */
export async function applyIntents(
  db: Query,
  { run, scan }: IntentKey,
  ids: readonly string[],
): Promise<void> {
  for (const list of listsOf(ids)) {
    await db.executeQuery(
      CompiledQuery.raw(
        `UPDATE strata_changes SET is_open = 0
         WHERE run_key = ? AND profile_id IN (?) AND scan = ? AND is_open = 1`,
        [run, list, scan],
      ),
    );
  }
}

/** What a stamp names has been written: it belongs to the log before anything newer does. Answers what is known then. */
export async function applyProven(
  db: Query,
  intents: readonly CodedIntent[],
  known: Map<string, readonly KnownChange[]>,
): Promise<ReadonlyMap<string, readonly KnownChange[]>> {
  const open = [...known.values()].flat().filter(({ isOpen }) => isOpen);
  if (open.length === 0) return known;
  const runIds = await findRunIds(
    db,
    open.map(({ run }) => run),
  );
  const proven = new Map<string, { readonly key: IntentKey; readonly ids: string[] }>();
  for (const { id, stamp } of intents) {
    const settle = (change: KnownChange): KnownChange => {
      const isWritten = stamp?.runId === runIds.get(change.run) && stamp?.scans.includes(scanOf(change.scan));
      if (!change.isOpen || !isWritten) return change;
      const name = `${change.run}.${change.scan}`;
      const group = proven.get(name) ?? { key: change, ids: [] };
      group.ids.push(id);
      proven.set(name, group);
      return { ...change, isOpen: false };
    };
    known.set(id, (known.get(id) ?? []).map(settle));
  }
  for (const { key, ids } of proven.values()) await applyIntents(db, key, ids);
  return known;
}
