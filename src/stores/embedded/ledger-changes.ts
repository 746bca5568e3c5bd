import { INTEGER, type DuckDBConnection } from '@duckdb/node-api';
import type { ChangesQuery, ValueChanges } from '../../activities/ledger.ts';
import type { MembershipChange } from '../../domain/run.ts';
import { any } from './brackets/sql.ts';
import { selectRow, selectRows, type Cell } from './rows.ts';
import { findRunKey } from './run-keys.ts';
import type { ValueCodes } from './value-codes.ts';

export async function countChanges(
  connection: DuckDBConnection,
  codes: ValueCodes,
  runId: string,
): Promise<readonly ValueChanges[]> {
  const run = await findRunKey(connection, runId);
  if (run === null) return [];
  const logged = `(SELECT entered, "left", count(*) AS times FROM (
       SELECT entered, "left" FROM membership_log WHERE run = ${run}
       UNION ALL SELECT entered, "left" FROM intent_log WHERE run = ${run}) GROUP BY ALL)`;
  const rows = await selectRows(
    connection,
    `SELECT code, sum(entered)::BIGINT, sum("left")::BIGINT FROM (
       SELECT unnest(regexp_extract_all(entered, '(?s).')) AS code, times AS entered, 0 AS "left" FROM ${logged}
       UNION ALL
       SELECT unnest(regexp_extract_all("left", '(?s).')), 0, times FROM ${logged}
     ) GROUP BY code ORDER BY code`,
  );
  return rows.map(([code, entered, left]) => {
    const [value] = codes.decode(String(code));
    return { value: String(value), entered: Number(entered), left: Number(left) };
  });
}

export async function countWritten(connection: DuckDBConnection, runId: string): Promise<number> {
  const run = await findRunKey(connection, runId);
  if (run === null) return 0;
  const [lines] = await selectRow(
    connection,
    `SELECT ((SELECT count(*) FROM membership_log WHERE run = ${run})
       + (SELECT count(*) FROM intent_log WHERE run = ${run}))::DOUBLE`,
  );
  return Number(lines);
}

export async function readChanges(
  connection: DuckDBConnection,
  codes: ValueCodes,
  query: ChangesQuery,
): Promise<readonly MembershipChange[]> {
  const run = query.runId === undefined ? null : await findRunKey(connection, query.runId);
  if (query.runId !== undefined && run === null) return [];
  const carried = any(
    query.values.flatMap((value) => [
      `contains(entered, ${codes.literalOf(value)})`,
      `contains("left", ${codes.literalOf(value)})`,
    ]),
  );
  const where = `${carried}${run === null ? '' : ` AND run = ${run}`}`;
  const rows = await selectRows(
    connection,
    `SELECT k.run_id, k.slot, '.' || l.id, l.entered, l."left", l.logged_at::DOUBLE
     FROM (SELECT p.id, l.* EXCLUDE (position)
           FROM (SELECT run, position, entered, "left", logged_at, rowid AS step FROM membership_log WHERE ${where}) l
           JOIN profiles p ON p.position = l.position
           UNION ALL
           SELECT profile_id, run, entered, "left", logged_at, rowid FROM intent_log WHERE ${where}) l
     JOIN run_keys k ON k.key = l.run
     ORDER BY l.run DESC, l.id, l.step LIMIT $1`,
    [query.limit],
    [INTEGER],
  );
  const wanted = new Set(query.values);
  return rows.flatMap((row) => toChanges(row, codes, wanted)).slice(0, query.limit);
}

function toChanges(
  [runId, slot, id, entered, left, loggedAt]: readonly Cell[],
  codes: ValueCodes,
  wanted: ReadonlySet<string>,
): readonly MembershipChange[] {
  const base = {
    runId: String(runId),
    slot: String(slot),
    profileId: String(id).slice(1),
    at: new Date(Number(loggedAt)).toISOString(),
  };
  const side = (text: Cell | undefined, change: 'entered' | 'left') =>
    codes
      .decode(String(text))
      .filter((value) => wanted.has(value))
      .map((value) => ({ ...base, value, change }));
  return [...side(left, 'left'), ...side(entered, 'entered')];
}
