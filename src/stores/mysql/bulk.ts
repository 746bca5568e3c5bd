import { CompiledQuery } from 'kysely';
import type { Query } from './database.ts';

/** Rows of one statement: more gains nothing, and a packet stays far below the smallest usual limit of 16 MB. */
const ROWS = 2_000;

/** MariaDB turns a longer list into a subquery, which it may answer by reading the whole table. */
const LISTED = 900;

type Cell = string | number | null;

/** `statement` has one `?` where the rows go. The builder would make a node of every cell. */
export async function insertRows(
  db: Query,
  statement: string,
  rows: readonly (readonly Cell[])[],
): Promise<void> {
  for (let from = 0; from < rows.length; from += ROWS) {
    await db.executeQuery(CompiledQuery.raw(statement, [rows.slice(from, from + ROWS)]));
  }
}

/** Lists of ids as one statement takes them. */
export function* listsOf(ids: readonly string[]): Generator<readonly string[]> {
  for (let from = 0; from < ids.length; from += LISTED) yield ids.slice(from, from + LISTED);
}

/** One order for the rows of every writer, so that two do not wait for each other in a circle. */
export function byId(a: { readonly id: string }, b: { readonly id: string }): number {
  return a.id < b.id ? -1 : Number(a.id > b.id);
}
