import { INTEGER, VARCHAR, type DuckDBConnection } from '@duckdb/node-api';
import type { ChangesQuery, ValueChanges } from '../../activities/ledger.ts';
import { linesAfter, placeOf, type LogEntry } from '../../domain/membership-log.ts';
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
  const place = placeOf(query.after);
  const run = query.runId === undefined ? null : await findRunKey(connection, query.runId);
  if (query.runId !== undefined && run === null) return [];
  const carried = any(
    query.values.flatMap((value) => [
      `contains(entered, ${codes.literalOf(value)})`,
      `contains("left", ${codes.literalOf(value)})`,
    ]),
  );
  const where = `${carried} AND run <= ${place.run}${run === null ? '' : ` AND run = ${run}`}`;
  const rows = await selectRows(
    connection,
    `SELECT k.run_id, k.slot, l.run, '.' || l.id, l.scan, l.entered, l."left", l.logged_at::DOUBLE
     FROM (SELECT p.id, l.* EXCLUDE (position)
           FROM (SELECT run, position, scan, entered, "left", logged_at FROM membership_log WHERE ${where}) l
           JOIN profiles p ON p.position = l.position
           UNION ALL
           SELECT profile_id, run, scan, entered, "left", logged_at FROM intent_log WHERE ${where}) l
     JOIN run_keys k ON k.key = l.run
     WHERE l.run < ${place.run} OR l.id > $1 OR (l.id = $1 AND l.scan >= ${place.scan})
     ORDER BY l.run DESC, l.id, l.scan LIMIT $2`,
    // One more, because the entry that the place is in may have no further line.
    [place.profileId, query.limit + 1],
    [VARCHAR, INTEGER],
  );
  const wanted = new Set(query.values);
  return rows.flatMap((row) => linesAfter(place, toEntry(row, codes), wanted)).slice(0, query.limit);
}

function toEntry(
  [runId, slot, run, id, scan, entered, left, loggedAt]: readonly Cell[],
  codes: ValueCodes,
): LogEntry {
  return {
    runId: String(runId),
    slot: String(slot),
    run: Number(run),
    profileId: String(id).slice(1),
    scan: Number(scan),
    at: new Date(Number(loggedAt)).toISOString(),
    left: codes.decode(String(left)),
    entered: codes.decode(String(entered)),
  };
}
