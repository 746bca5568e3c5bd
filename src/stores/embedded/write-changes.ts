import { BIGINT, INTEGER, UTINYINT, type DuckDBConnection } from '@duckdb/node-api';
import type { WriteOutcome, WriteRequest } from '../../activities/profile-store.ts';
import type { ProfileChange } from '../../domain/profile.ts';
import type { ScanKind } from '../../domain/run.ts';
import type { Database } from './database.ts';
import { isoOf, newerFences } from './fences.ts';
import { selectRow, selectRows } from './rows.ts';
import { readRunKey, SCAN_CODES } from './run-keys.ts';
import type { ValueCodes } from './value-codes.ts';

/** A row's version token: where it is, so that a write finds it without an index, and which state was read. */
export function toVersion(position: number, version: number): string {
  return `${position}.${version}`;
}

/** Fence, profiles and log in one transaction: all of it happens or none. */
export async function writeChanges(database: Database, set: WriteRequest): Promise<WriteOutcome> {
  const staged = set.changes.map((change) => toStaged(change, database.values));
  await database.values.keep();
  return database.write((connection) => applyChanges(connection, set, staged));
}

async function applyChanges(
  connection: DuckDBConnection,
  set: WriteRequest,
  staged: readonly StagedChange[],
): Promise<WriteOutcome> {
  const superseded = set.force ? [] : await newerFences(connection, set.segments, set.slot);
  if (superseded.length > 0) return { kind: 'superseded', segments: superseded };
  if (staged.length === 0) return { kind: 'written', written: 0, conflicts: [], reverted: 0, refused: [] };
  const run = await readRunKey(connection, set.runId, isoOf(set.slot));
  const span = spanOf(staged);
  await stage(connection, staged);
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
  return { kind: 'written', written: staged.length - conflicts.length, conflicts, reverted: 0, refused: [] };
}

/** A change as its row holds it. */
interface StagedChange {
  readonly id: string;
  readonly position: number;
  readonly version: number;
  readonly segments: string;
  readonly entered: string;
  readonly left: string;
}

function toStaged({ id, version, segments, entered, left }: ProfileChange, codes: ValueCodes): StagedChange {
  return {
    id,
    ...fromVersion(id, version),
    segments: codes.encode(segments),
    entered: codes.encode(entered),
    left: codes.encode(left),
  };
}

function fromVersion(id: string, given: unknown): { readonly position: number; readonly version: number } {
  const token = String(given);
  const dot = token.indexOf('.');
  const position = Number(token.slice(0, dot));
  const version = Number(token.slice(dot + 1));
  if (dot < 1 || !Number.isInteger(position) || !Number.isInteger(version)) {
    throw new Error(`profile ${id} comes with a version of another store: ${token}`);
  }
  return { position, version };
}

interface Span {
  readonly from: number;
  readonly to: number;
}

/** Said as constants, so that only the blocks of these positions are read. */
function within({ from, to }: Span, column = 'profiles.position'): string {
  return `${column} BETWEEN ${from} AND ${to}`;
}

function spanOf(staged: readonly StagedChange[]): Span {
  let from = Number.MAX_SAFE_INTEGER;
  let to = 0;
  for (const { position } of staged) {
    from = Math.min(from, position);
    to = Math.max(to, position);
  }
  return { from, to };
}

async function stage(connection: DuckDBConnection, staged: readonly StagedChange[]): Promise<void> {
  await connection.run(
    `CREATE OR REPLACE TEMP TABLE staged_changes
     (position INTEGER, version INTEGER, id VARCHAR, segments VARCHAR, entered VARCHAR, "left" VARCHAR)`,
  );
  const appender = await connection.createAppender('staged_changes', 'main', 'temp');
  for (const change of staged) {
    appender.appendInteger(change.position);
    appender.appendInteger(change.version);
    appender.appendVarchar(change.id);
    appender.appendVarchar(change.segments);
    appender.appendVarchar(change.entered);
    appender.appendVarchar(change.left);
    appender.endRow();
  }
  appender.closeSync();
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
  const rows = await selectRows(
    connection,
    `DELETE FROM staged_changes WHERE ${unmatched} RETURNING '.' || id`,
  );
  return rows.map(([id]) => String(id).slice(1));
}
