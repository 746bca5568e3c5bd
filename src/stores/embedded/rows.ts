import type { DuckDBConnection, DuckDBType, DuckDBValue } from '@duckdb/node-api';

export type Cell = DuckDBValue;

/** All rows of a small result. */
export async function selectRows(
  connection: DuckDBConnection,
  sql: string,
  values: Cell[] = [],
  types?: DuckDBType[],
): Promise<readonly (readonly Cell[])[]> {
  const result = await connection.run(sql, values, types);
  return result.getRows();
}

/** The first row of a result that has one by construction, such as an aggregate. */
export async function selectRow(
  connection: DuckDBConnection,
  sql: string,
  values: Cell[] = [],
  types?: DuckDBType[],
): Promise<readonly Cell[]> {
  const [row] = await selectRows(connection, sql, values, types);
  if (row === undefined) throw new Error(`no row from: ${sql.slice(0, 80)}`);
  return row;
}

/** A string literal; for what DuckDB does not let us bind, such as the constant paths its JSON functions want. */
export function quote(text: string): string {
  if (text.includes('\u0000')) throw new Error('a SQL literal cannot hold U+0000');
  return `'${text.replaceAll("'", "''")}'`;
}

/** A text that this store wrote itself as JSON of that very type: the one place where a row is trusted. */
export function fromJson<Written>(text: Cell | undefined): Written {
  return JSON.parse(String(text)) as Written;
}

export function textOrNull(cell: Cell | undefined): string | null {
  return typeof cell === 'string' ? cell : null;
}
