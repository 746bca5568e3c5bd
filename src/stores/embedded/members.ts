import { VARCHAR, type DuckDBConnection } from '@duckdb/node-api';
import { any, type Sql } from './brackets/sql.ts';
import { quote, selectRow, selectRows } from './rows.ts';
import { needleOf } from './segment-text.ts';

export interface MembersOptions {
  readonly after?: string;
  readonly limit: number;
}

/** Profiles share few memberships, so the distinct ones are tested and their profiles added up. */
export async function countMembers(
  connection: DuckDBConnection,
  valueSets: readonly (readonly string[])[],
): Promise<readonly number[]> {
  if (valueSets.length === 0) return [];
  const counts = valueSets.map(
    (values) => `coalesce(sum(profiles) FILTER (${carriesAny(values)}), 0)::BIGINT`,
  );
  const row = await selectRow(
    connection,
    `SELECT ${counts.join(', ')} FROM (SELECT segments, count(*) AS profiles FROM profiles GROUP BY segments)`,
  );
  return row.map(Number);
}

/** Ascending by code point, which is the order of UTF-8 bytes. */
export async function readMembers(
  connection: DuckDBConnection,
  values: readonly string[],
  { after, limit }: MembersOptions,
): Promise<readonly string[]> {
  const rows = await selectRows(
    connection,
    `SELECT '.' || id FROM profiles WHERE ${carriesAny(values)} AND id > $1 ORDER BY id LIMIT ${Math.max(0, Math.trunc(limit))}`,
    [after ?? ''],
    [VARCHAR],
  );
  return rows.map(([id]) => String(id).slice(1));
}

function carriesAny(values: readonly string[]): Sql {
  return any(values.map((value) => `contains(segments, ${quote(needleOf(value))})`));
}
