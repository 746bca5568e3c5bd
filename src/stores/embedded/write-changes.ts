import { BIGINT, INTEGER, UTINYINT, type DuckDBConnection } from '@duckdb/node-api';
import type { ProfileChange } from '../../domain/profile.ts';
import type { ScanKind } from '../../domain/run.ts';
import { isoOf, newerFences } from './fences.ts';
import { selectRow, selectRows } from './rows.ts';
import { readRunKey, SCAN_CODES } from './run-keys.ts';
import { toSegmentText } from './segment-text.ts';

export interface ChangeSet {
  readonly runId: string;
  readonly scan: ScanKind;
  readonly batch: number;
  readonly segments: readonly string[];
  readonly slot: string;
  readonly force: boolean;
  readonly changes: readonly ProfileChange[];
}

export type WriteOutcome =
  | { readonly kind: 'written'; readonly written: number; readonly conflicts: readonly string[] }
  | { readonly kind: 'superseded'; readonly segments: readonly string[] };

/** A row's version token: where it is, so that a write finds it without an index, and which state was read. */
export function toVersion(position: number, version: number): string {
  return `${position}.${version}`;
}

/** Fence, profiles and log in the caller's one transaction: all of it happens or none. */
export async function applyChanges(connection: DuckDBConnection, set: ChangeSet): Promise<WriteOutcome> {
  const superseded = set.force ? [] : await newerFences(connection, set.segments, set.slot);
  if (superseded.length > 0) return { kind: 'superseded', segments: superseded };
  if (set.changes.length === 0) return { kind: 'written', written: 0, conflicts: [] };
  const run = await readRunKey(connection, set.runId, isoOf(set.slot));
  const span = await stage(connection, set.changes);
  await dropLogged(connection, run, set.scan, span);
  const conflicts = await dropConflicts(connection, span);
  await connection.run(
    `UPDATE profiles SET segments = s.segments, version = profiles.version + 1
     FROM staged_changes s WHERE profiles.position = s.position AND ${within(span)}`,
  );
  await connection.run(
    `INSERT INTO membership_log SELECT $1, $2, $3, position, entered, "left", $4 FROM staged_changes`,
    [run, SCAN_CODES[set.scan], set.batch, BigInt(Date.now())],
    [INTEGER, UTINYINT, INTEGER, BIGINT],
  );
  return { kind: 'written', written: set.changes.length - conflicts.length, conflicts };
}

interface Span {
  readonly from: number;
  readonly to: number;
}

/** Said as constants, so that only the blocks of these positions are read. */
function within({ from, to }: Span, column = 'profiles.position'): string {
  return `${column} BETWEEN ${from} AND ${to}`;
}

async function stage(connection: DuckDBConnection, changes: readonly ProfileChange[]): Promise<Span> {
  await connection.run(
    `CREATE OR REPLACE TEMP TABLE staged_changes
     (position INTEGER, version INTEGER, id VARCHAR, segments VARCHAR, entered VARCHAR, "left" VARCHAR)`,
  );
  const appender = await connection.createAppender('staged_changes', 'main', 'temp');
  const textOf = createTextCache();
  let from = Number.MAX_SAFE_INTEGER;
  let to = 0;
  for (const change of changes) {
    const { position, version } = fromVersion(change);
    from = Math.min(from, position);
    to = Math.max(to, position);
    appender.appendInteger(position);
    appender.appendInteger(version);
    appender.appendVarchar(change.id);
    appender.appendVarchar(toSegmentText(change.segments));
    appender.appendVarchar(textOf(change.entered));
    appender.appendVarchar(textOf(change.left));
    appender.endRow();
  }
  appender.closeSync();
  return { from, to };
}

/** Most changes of a page are the same few. */
function createTextCache(): (values: readonly string[]) => string {
  const empty = toSegmentText([]);
  const single = new Map<string, string>();
  return (values) => {
    const [first] = values;
    if (first === undefined) return empty;
    if (values.length > 1) return toSegmentText(values);
    const known = single.get(first);
    if (known !== undefined) return known;
    const text = toSegmentText(values);
    single.set(first, text);
    return text;
  };
}

function fromVersion({ id, version }: ProfileChange): {
  readonly position: number;
  readonly version: number;
} {
  const dot = version.indexOf('.');
  const position = Number(version.slice(0, dot));
  const number = Number(version.slice(dot + 1));
  if (dot < 1 || !Number.isInteger(position) || !Number.isInteger(number)) {
    throw new Error(`profile ${id} comes with a version of another store: ${version}`);
  }
  return { position, version: number };
}

/** A call repeated after a lost answer: its changes stand already, and so does their log. */
async function dropLogged(
  connection: DuckDBConnection,
  run: number,
  scan: ScanKind,
  span: Span,
): Promise<void> {
  await connection.run(
    `DELETE FROM staged_changes WHERE position IN (
       SELECT position FROM membership_log WHERE run = $1 AND scan = $2 AND ${within(span, 'position')})`,
    [run, SCAN_CODES[scan]],
    [INTEGER, UTINYINT],
  );
}

async function dropConflicts(connection: DuckDBConnection, span: Span): Promise<readonly string[]> {
  const current = `SELECT position, version FROM profiles WHERE ${within(span)}`;
  const unmatched = `NOT EXISTS (FROM (${current}) p WHERE p.position = staged_changes.position AND p.version = staged_changes.version)`;
  const [count] = await selectRow(
    connection,
    `SELECT count(*)::INTEGER FROM staged_changes WHERE ${unmatched}`,
  );
  if (count === 0) return [];
  const rows = await selectRows(connection, `DELETE FROM staged_changes WHERE ${unmatched} RETURNING id`);
  return rows.map(([id]) => String(id));
}
