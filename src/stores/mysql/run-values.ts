import type { MysqlDatabase } from './database.ts';

/** Which runs may have changed which values; more than the log holds, never less. */
export interface RunValues {
  keep(run: number, codes: Iterable<number>): Promise<void>;
  /** Those of the codes that other runs may have changed. */
  findOthers(run: number, codes: readonly number[]): Promise<ReadonlySet<number>>;
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

  async function findOthers(run: number, codes: readonly number[]): Promise<ReadonlySet<number>> {
    if (codes.length === 0) return new Set();
    const rows = await database.run((db) =>
      db
        .selectFrom('strata_run_values')
        .select('code')
        .distinct()
        .where('code', 'in', codes)
        .where('run_key', '<>', run)
        .execute(),
    );
    return new Set(rows.map(({ code }) => code));
  }

  return { keep, findOthers };
}
