import { CompiledQuery } from 'kysely';
import { listsOf } from './bulk.ts';
import type { Query } from './database.ts';

interface WrittenIntents {
  readonly run: number;
  readonly scan: number;
  readonly ids: readonly string[];
}

/** Makes open intents lines of the log, which need the version no more that the write started from. */
export async function applyIntents(db: Query, { run, scan, ids }: WrittenIntents): Promise<void> {
  for (const list of listsOf(ids)) {
    await db.executeQuery(
      CompiledQuery.raw(
        `UPDATE strata_changes SET is_open = 0, version = ''
         WHERE run_key = ? AND profile_id IN (?) AND scan = ? AND is_open = 1`,
        [run, list, scan],
      ),
    );
  }
}
