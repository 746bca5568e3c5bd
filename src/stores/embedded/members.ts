import { VARCHAR, type DuckDBConnection } from '@duckdb/node-api';
import { any, type Sql } from './brackets/sql.ts';
import { selectRows } from './rows.ts';
import type { ValueCodes } from './value-codes.ts';

export interface MembersOptions {
  readonly after?: string;
  readonly limit: number;
}

/** Memberships are streamed and added up here: DuckDB plans hundreds of filtered sums slower than it reads. */
export async function countMembers(
  connection: DuckDBConnection,
  codes: ValueCodes,
  valueSets: readonly (readonly string[])[],
): Promise<readonly number[]> {
  const setsOf = new Map<string, number[]>();
  valueSets.forEach((values, set) => {
    for (const value of values) setsOf.set(value, [...(setsOf.get(value) ?? []), set]);
  });
  const counts = valueSets.map(() => 0);
  let pending = new Map<string, number>();
  const add = (): void => {
    for (const [text, profiles] of pending) {
      const sets = new Set(codes.decode(text).flatMap((value) => setsOf.get(value) ?? []));
      for (const set of sets) counts[set] = (counts[set] ?? 0) + profiles;
    }
    pending = new Map();
  };
  const result = await connection.stream(`SELECT segments FROM profiles WHERE segments <> ''`);
  for await (const chunk of result) {
    for (const text of chunk.getColumnValues(0))
      pending.set(String(text), (pending.get(String(text)) ?? 0) + 1);
    if (pending.size > MAX_PENDING) add();
  }
  add();
  return counts;
}

/** Profiles share memberships; this many different ones are held at a time. */
const MAX_PENDING = 20_000;

/** Ascending by code point, which is the order of UTF-8 bytes. */
export async function readMembers(
  connection: DuckDBConnection,
  codes: ValueCodes,
  values: readonly string[],
  { after, limit }: MembersOptions,
): Promise<readonly string[]> {
  const rows = await selectRows(
    connection,
    `SELECT '.' || id FROM profiles WHERE ${carriesAny(codes, values)} AND id > $1 ORDER BY id LIMIT ${Math.max(0, Math.trunc(limit))}`,
    [after ?? ''],
    [VARCHAR],
  );
  return rows.map(([id]) => String(id).slice(1));
}

function carriesAny(codes: ValueCodes, values: readonly string[]): Sql {
  return any(values.map((value) => `contains(segments, ${codes.literalOf(value)})`));
}
