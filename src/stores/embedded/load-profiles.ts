import { listValue, LIST, VARCHAR, type DuckDBConnection } from '@duckdb/node-api';
import type { Database } from './database.ts';
import { isRecord, toProfileRow, type ProfileRow } from './profile-rows.ts';
import { selectRow, selectRows } from './rows.ts';
import { NO_VALUES } from './value-codes.ts';

export interface LoadOutcome {
  readonly inserted: number;
  readonly changed: number;
  readonly unchanged: number;
  readonly refused: number;
  /** The first of the refused, counted from 0. */
  readonly refusals: readonly Refusal[];
}

export interface Refusal {
  readonly index: number;
  readonly reason: string;
}

const CHUNK_PROFILES = 20_000;
const CHUNK_BYTES = 16 * 1_048_576;
const SHOWN_REFUSALS = 20;

/**
 * Inserts new profiles and replaces the documents of known ones, whose membership stays. An equal document
 * changes nothing. One transaction a chunk: a crash leaves whole chunks, and the same load again completes it.
 */
export async function loadProfiles(
  database: Database,
  documents: AsyncIterable<unknown> | Iterable<unknown>,
  segmentsField: string,
): Promise<LoadOutcome> {
  const total = { inserted: 0, changed: 0, unchanged: 0, refused: 0 };
  const refusals: Refusal[] = [];
  let chunk = new Map<string, ProfileRow>();
  let bytes = 0;
  let index = 0;

  async function flush(): Promise<void> {
    const rows = [...chunk.values()];
    chunk = new Map();
    bytes = 0;
    if (rows.length === 0) return;
    const memberships = rows.map(({ segments }) => database.values.encode(segments));
    await database.values.keep();
    const { inserted, changed } = await database.write((connection) =>
      mergeRows(connection, rows, memberships),
    );
    total.inserted += inserted;
    total.changed += changed;
    total.unchanged += rows.length - inserted - changed;
  }

  for await (const document of documents) {
    const outcome = toProfileRow(document, segmentsField);
    if (outcome.kind === 'refused') {
      total.refused += 1;
      if (refusals.length < SHOWN_REFUSALS) refusals.push({ index, reason: outcome.reason });
    } else {
      if (chunk.has(outcome.row.id)) await flush();
      chunk.set(outcome.row.id, outcome.row);
      bytes += outcome.row.bytes;
      if (chunk.size >= CHUNK_PROFILES || bytes >= CHUNK_BYTES) await flush();
    }
    index += 1;
  }
  await flush();
  return { ...total, refusals };
}

interface MergeOutcome {
  readonly inserted: number;
  readonly changed: number;
}

/** In the caller's transaction; the rows' ids are distinct. `memberships` are those of new profiles, encoded. */
async function mergeRows(
  connection: DuckDBConnection,
  rows: readonly ProfileRow[],
  memberships: readonly string[],
): Promise<MergeOutcome> {
  await stage(connection, rows, memberships);
  await replaceLongDocuments(connection, rows);
  await connection.run(
    `CREATE OR REPLACE TEMP TABLE known_profiles AS
     SELECT i.id, p.position FROM profiles p JOIN incoming_profiles i ON p.id = i.id`,
  );
  const changed = await connection.run(
    `UPDATE profiles SET document = i.document, bytes = i.bytes, plain = i.plain, fault = i.fault, version = version + 1
     FROM known_profiles k JOIN incoming_profiles i ON i.id = k.id
     WHERE profiles.position = k.position AND profiles.document <> i.document`,
  );
  const [next] = await selectRow(connection, 'SELECT coalesce(max(position) + 1, 0) FROM profiles');
  const inserted = await connection.run(
    `INSERT INTO profiles
     SELECT ${Number(next)} + row_number() OVER (ORDER BY sequence) - 1, id, document, segments, 1, bytes, plain, fault
     FROM incoming_profiles WHERE id NOT IN (SELECT id FROM known_profiles) ORDER BY sequence`,
  );
  return { inserted: inserted.rowsChanged, changed: changed.rowsChanged };
}

async function stage(
  connection: DuckDBConnection,
  rows: readonly ProfileRow[],
  memberships: readonly string[],
): Promise<void> {
  await connection.run(
    `CREATE OR REPLACE TEMP TABLE incoming_profiles (sequence INTEGER, id VARCHAR, document VARCHAR,
     segments VARCHAR, bytes INTEGER, plain BOOLEAN, fault VARCHAR)`,
  );
  const appender = await connection.createAppender('incoming_profiles', 'main', 'temp');
  rows.forEach((row, sequence) => {
    appender.appendInteger(sequence);
    appender.appendVarchar(row.id);
    appender.appendVarchar(row.document);
    appender.appendVarchar(memberships[sequence] ?? NO_VALUES);
    appender.appendInteger(row.bytes);
    appender.appendBoolean(row.plain);
    if (row.fault === null) appender.appendNull();
    else appender.appendVarchar(row.fault);
    appender.endRow();
  });
  appender.closeSync();
}

async function replaceLongDocuments(
  connection: DuckDBConnection,
  rows: readonly ProfileRow[],
): Promise<void> {
  await connection.run('DELETE FROM long_documents WHERE id IN (SELECT id FROM incoming_profiles)');
  for (const { id, longDocument } of rows) {
    if (longDocument !== null)
      await connection.run('INSERT INTO long_documents VALUES ($1, $2)', [id, longDocument]);
  }
}

/** The documents of these ids as they stand, in the caller's transaction. */
export async function readDocuments(
  connection: DuckDBConnection,
  ids: readonly string[],
): Promise<ReadonlyMap<string, { readonly document: string; readonly segments: string }>> {
  const rows = await selectRows(
    connection,
    `SELECT '.' || p.id, coalesce(l.document, p.document), p.segments
     FROM profiles p LEFT JOIN long_documents l ON l.id = p.id WHERE p.id IN (SELECT unnest($1))`,
    [listValue([...ids])],
    [LIST(VARCHAR)],
  );
  return new Map(
    rows.map(([id, document, segments]) => [
      String(id).slice(1),
      { document: String(document), segments: String(segments) },
    ]),
  );
}

/**
 * Makes new documents of old ones, in the caller's transaction; answers how many profiles are new. Those have no
 * membership yet.
 */
export async function mergeProfiles(
  connection: DuckDBConnection,
  ids: readonly string[],
  merge: (
    id: string,
    document: Readonly<Record<string, unknown>> | null,
  ) => Readonly<Record<string, unknown>>,
  segmentsField: string,
): Promise<number> {
  const known = await readDocuments(connection, ids);
  const rows = ids.map((id) => {
    const text = known.get(id)?.document;
    const document: unknown = text === undefined ? null : JSON.parse(text);
    const outcome = toProfileRow(merge(id, isRecord(document) ? document : null), segmentsField);
    if (outcome.kind === 'refused') throw new Error(`profile ${id} cannot be kept: ${outcome.reason}`);
    return outcome.row;
  });
  const { inserted } = await mergeRows(connection, rows, []);
  return inserted;
}
