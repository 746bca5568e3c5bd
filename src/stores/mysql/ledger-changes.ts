import { sql } from 'kysely';
import type { ChangesQuery, ValueChanges } from '../../activities/ledger.ts';
import { linesAfter, placeOf, START, type LogEntry, type LogPlace } from '../../domain/membership-log.ts';
import type { MembershipChange } from '../../domain/run.ts';
import type { MysqlDatabase, Query } from './database.ts';
import { findRunKey } from './run-keys.ts';
import type { ValueCode, ValueCodes } from './value-codes.ts';

export async function countChanges(
  { run, values }: MysqlDatabase,
  runId: string,
): Promise<readonly ValueChanges[]> {
  const key = await run((db) => findRunKey(db, runId));
  if (key === null) return [];
  const groups = await run((db) =>
    db
      .selectFrom('strata_changes')
      .select(({ fn }) => ['entered', 'left', fn.countAll<number>().as('times')])
      .where('run_key', '=', key)
      .where('is_open', '=', 0)
      .groupBy(['entered', 'left'])
      .execute(),
  );
  const counts = new Map<string, { entered: number; left: number }>();
  const add = (text: string, change: 'entered' | 'left', times: number): void => {
    for (const character of text) {
      const count = counts.get(character) ?? { entered: 0, left: 0 };
      count[change] += times;
      counts.set(character, count);
    }
  };
  for (const { entered, left, times } of groups) {
    add(entered, 'entered', times);
    add(left, 'left', times);
  }
  const characters = [...counts.keys()].toSorted(byCodePoint);
  const names = await values.decode(characters.join(''));
  return characters.map((character, index) => ({
    value: names[index] ?? '',
    ...(counts.get(character) ?? { entered: 0, left: 0 }),
  }));
}

export async function countWritten({ run }: MysqlDatabase, runId: string): Promise<number> {
  const key = await run((db) => findRunKey(db, runId));
  if (key === null) return 0;
  const { lines } = await run((db) =>
    db
      .selectFrom('strata_changes')
      .select(({ fn }) => fn.countAll<number>().as('lines'))
      .where('run_key', '=', key)
      .where('is_open', '=', 0)
      .executeTakeFirstOrThrow(),
  );
  return lines;
}

function byCodePoint(a: string, b: string): number {
  return (a.codePointAt(0) ?? 0) - (b.codePointAt(0) ?? 0);
}

/** Run by run, newest first: within a run the primary key has the order that is asked for. */
export async function readChanges(
  { run, values }: MysqlDatabase,
  query: ChangesQuery,
): Promise<readonly MembershipChange[]> {
  const place = placeOf(query.after);
  const codes = await values.find(query.values);
  if (codes.length === 0) return [];
  const runs = await run((db) => findRuns(db, codes, place.run, query.runId));
  const changes: MembershipChange[] = [];
  const wanted = new Set(query.values);
  for (const key of runs) {
    const from = key === place.run ? place : { ...START, run: key };
    // One more, because the entry that the place is in may have no further line.
    const rows = await run((db) => readRunChanges(db, from, codes, query.limit - changes.length + 1));
    for (const row of rows) changes.push(...linesAfter(place, await toEntry(row, values), wanted));
    if (changes.length >= query.limit) break;
  }
  return changes.slice(0, query.limit);
}

async function findRuns(
  db: Query,
  codes: readonly ValueCode[],
  newest: number,
  runId: string | undefined,
): Promise<readonly number[]> {
  const all = db
    .selectFrom('strata_run_values')
    .innerJoin('strata_run_keys', 'strata_run_keys.run_key', 'strata_run_values.run_key')
    .select('strata_run_keys.run_key')
    .distinct()
    .where(
      'code',
      'in',
      codes.map(({ code }) => code),
    )
    .where('strata_run_values.run_key', '<=', newest)
    .orderBy('strata_run_keys.run_key', 'desc');
  const rows = await (runId === undefined ? all : all.where('run_id', '=', runId)).execute();
  return rows.map(({ run_key }) => run_key);
}

interface LogRow {
  readonly run_key: number;
  readonly profile_id: string;
  readonly scan: number;
  readonly entered: string;
  readonly left: string;
  readonly logged_at: number;
  readonly run_id: string;
  readonly slot: string;
}

async function readRunChanges(
  db: Query,
  { run, profileId, scan }: LogPlace,
  codes: readonly ValueCode[],
  limit: number,
): Promise<readonly LogRow[]> {
  return db
    .selectFrom('strata_changes')
    .innerJoin('strata_run_keys', 'strata_run_keys.run_key', 'strata_changes.run_key')
    .select([
      'strata_changes.run_key',
      'profile_id',
      'scan',
      'entered',
      'left',
      'logged_at',
      'run_id',
      'slot',
    ])
    .where('strata_changes.run_key', '=', run)
    .where('profile_id', '>=', profileId)
    .where((row) => row.or([row('profile_id', '>', profileId), row('scan', '>=', scan)]))
    .where('is_open', '=', 0)
    .where((row) =>
      row.or(
        codes.flatMap(({ character }) => [
          sql<boolean>`LOCATE(CAST(${character} AS BINARY), entered) > 0`,
          sql<boolean>`LOCATE(CAST(${character} AS BINARY), ${sql.ref('left')}) > 0`,
        ]),
      ),
    )
    .orderBy('profile_id')
    .orderBy('scan')
    .limit(limit)
    .execute();
}

async function toEntry(row: LogRow, codes: ValueCodes): Promise<LogEntry> {
  return {
    runId: row.run_id,
    slot: row.slot,
    run: row.run_key,
    profileId: row.profile_id,
    scan: row.scan,
    at: new Date(row.logged_at).toISOString(),
    left: await codes.decode(row.left),
    entered: await codes.decode(row.entered),
  };
}
