import { INTEGER, type DuckDBConnection } from '@duckdb/node-api';
import type { MembershipChange } from '../../domain/run.ts';
import { any } from './brackets/sql.ts';
import { quote, selectRows, type Cell } from './rows.ts';
import { findRunKey } from './run-keys.ts';
import { fromSegmentText, needleOf } from './segment-text.ts';

export interface ValueChanges {
  readonly value: string;
  readonly entered: number;
  readonly left: number;
}

export interface ChangesQuery {
  readonly values: readonly string[];
  readonly runId?: string;
  readonly limit: number;
}

export async function countChanges(
  connection: DuckDBConnection,
  runId: string,
): Promise<readonly ValueChanges[]> {
  const run = await findRunKey(connection, runId);
  if (run === null) return [];
  const logged = `(SELECT entered, "left", count(*) AS times FROM membership_log WHERE run = ${run} GROUP BY ALL)`;
  const rows = await selectRows(
    connection,
    `SELECT item, sum(entered)::BIGINT, sum("left")::BIGINT FROM (
       SELECT unnest(string_split(entered, chr(10))) AS item, times AS entered, 0 AS "left" FROM ${logged}
       UNION ALL
       SELECT unnest(string_split("left", chr(10))), 0, times FROM ${logged}
     ) WHERE starts_with(item, '"') GROUP BY item ORDER BY item`,
  );
  return rows.map(([item, entered, left]) => {
    const [value] = fromSegmentText(`[${String(item)}]`);
    return { value: String(value), entered: Number(entered), left: Number(left) };
  });
}

export async function readChanges(
  connection: DuckDBConnection,
  query: ChangesQuery,
): Promise<readonly MembershipChange[]> {
  const run = query.runId === undefined ? null : await findRunKey(connection, query.runId);
  if (query.runId !== undefined && run === null) return [];
  const carried = any(
    query.values.flatMap((value) => [
      `contains(entered, ${quote(needleOf(value))})`,
      `contains("left", ${quote(needleOf(value))})`,
    ]),
  );
  const rows = await selectRows(
    connection,
    `SELECT k.run_id, k.slot, '.' || p.id, l.entered, l."left", l.logged_at::DOUBLE
     FROM (SELECT rowid AS step, * FROM membership_log WHERE ${carried}${run === null ? '' : ` AND run = ${run}`}) l
     JOIN run_keys k ON k.key = l.run JOIN profiles p ON p.position = l.position
     ORDER BY l.run DESC, p.id, l.step LIMIT $1`,
    [query.limit],
    [INTEGER],
  );
  const wanted = new Set(query.values);
  return rows.flatMap((row) => toChanges(row, wanted)).slice(0, query.limit);
}

function toChanges(
  [runId, slot, id, entered, left, loggedAt]: readonly Cell[],
  wanted: ReadonlySet<string>,
): readonly MembershipChange[] {
  const base = {
    runId: String(runId),
    slot: String(slot),
    profileId: String(id).slice(1),
    at: new Date(Number(loggedAt)).toISOString(),
  };
  const side = (text: Cell | undefined, change: 'entered' | 'left') =>
    fromSegmentText(String(text))
      .filter((value) => wanted.has(value))
      .map((value) => ({ ...base, value, change }));
  return [...side(left, 'left'), ...side(entered, 'entered')];
}
