import type { MysqlDatabase } from './database.ts';

/** Keeps which runs may have changed which values; more than the log holds, never less. */
export interface RunValues {
  keep(run: number, codes: Iterable<number>): Promise<void>;
}

/** Pairs remembered by a process; beyond it they are only written again. */
const MAX_REMEMBERED = 100_000;

export function createRunValues(database: MysqlDatabase): RunValues {
  const kept = new Set<string>();

  async function keep(run: number, codes: Iterable<number>): Promise<void> {
    const fresh = [...new Set(codes)].filter((code) => !kept.has(`${run}.${code}`));
    if (fresh.length === 0) return;
    const rows = fresh.toSorted((a, b) => a - b).map((code) => ({ code, run_key: run }));
    await database.run((db) =>
      db
        .insertInto('strata_run_values')
        .values(rows)
        .onDuplicateKeyUpdate((row) => ({ code: row.ref('strata_run_values.code') }))
        .execute(),
    );
    if (kept.size > MAX_REMEMBERED) kept.clear();
    for (const code of fresh) kept.add(`${run}.${code}`);
  }

  return { keep };
}
