import type { DuckDBConnection, DuckDBPreparedStatement, DuckDBResult } from '@duckdb/node-api';

/** A connection keeps this many plans; a page's plan with fifty brackets costs as much as reading the page. */
const KEPT = 6;
const prepared = new WeakMap<DuckDBConnection, Map<string, DuckDBPreparedStatement>>();

/** Runs a statement of integer parameters, planned once per connection. */
export async function runPrepared(
  connection: DuckDBConnection,
  sql: string,
  values: readonly number[],
): Promise<DuckDBResult> {
  const statement = await prepareOnce(connection, sql);
  values.forEach((value, index) => statement.bindInteger(index + 1, value));
  return statement.run();
}

async function prepareOnce(connection: DuckDBConnection, sql: string): Promise<DuckDBPreparedStatement> {
  const kept = prepared.get(connection) ?? new Map<string, DuckDBPreparedStatement>();
  prepared.set(connection, kept);
  const known = kept.get(sql);
  if (known !== undefined) return known;
  const statement = await connection.prepare(sql);
  const [oldest] = kept.keys();
  if (oldest !== undefined && kept.size >= KEPT) {
    kept.get(oldest)?.destroySync();
    kept.delete(oldest);
  }
  kept.set(sql, statement);
  return statement;
}
