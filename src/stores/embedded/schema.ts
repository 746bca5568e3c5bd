import type { DuckDBConnection } from '@duckdb/node-api';
import { randomUUID } from 'node:crypto';
import { UserError } from '../../domain/errors.ts';
import { selectRows } from './rows.ts';

const SCHEMA_VERSION = 2;

/**
 * No table of profiles or log rows has a key or an index: DuckDB turns an update of an indexed table into a
 * delete and an insert, which breaks the physical order that range reads rely on and rewrites documents.
 * The one writer keeps them unique.
 */
const TABLES = [
  `CREATE TABLE profiles (
    position INTEGER NOT NULL, id VARCHAR NOT NULL, document VARCHAR NOT NULL, segments VARCHAR NOT NULL,
    version INTEGER NOT NULL, bytes INTEGER NOT NULL, plain BOOLEAN NOT NULL, fault VARCHAR)`,
  'CREATE TABLE value_codes (code INTEGER NOT NULL, value VARCHAR NOT NULL)',
  'CREATE TABLE run_keys (key INTEGER NOT NULL, run_id VARCHAR NOT NULL, slot VARCHAR NOT NULL)',
  `CREATE TABLE membership_log (
    run INTEGER NOT NULL, scan UTINYINT NOT NULL, batch INTEGER NOT NULL, position INTEGER NOT NULL,
    entered VARCHAR NOT NULL, "left" VARCHAR NOT NULL, logged_at BIGINT NOT NULL)`,
  'CREATE TABLE fences (segment VARCHAR NOT NULL, slot VARCHAR NOT NULL, slot_time BIGINT NOT NULL)',
  'CREATE TABLE definition_sets (hash VARCHAR NOT NULL, author VARCHAR NOT NULL, published_at VARCHAR NOT NULL, definitions VARCHAR NOT NULL)',
  'CREATE TABLE runs (run_id VARCHAR NOT NULL, sequence INTEGER NOT NULL, begun VARCHAR NOT NULL, fenced VARCHAR NOT NULL, finished VARCHAR)',
  'CREATE TABLE batches (run_id VARCHAR NOT NULL, batch INTEGER NOT NULL, scan VARCHAR NOT NULL, range VARCHAR NOT NULL, state VARCHAR NOT NULL, failure VARCHAR, tally VARCHAR)',
  'CREATE TABLE set_aside (run_id VARCHAR NOT NULL, profile_id VARCHAR NOT NULL, reason VARCHAR NOT NULL)',
  'CREATE TABLE firings (segment_id VARCHAR NOT NULL, firing_at VARCHAR NOT NULL, run_id VARCHAR NOT NULL)',
  `CREATE TABLE orders (
    file VARCHAR NOT NULL, line INTEGER NOT NULL, user_id VARCHAR NOT NULL, order_date DATE NOT NULL,
    units DECIMAL(18, 3) NOT NULL, amount DECIMAL(18, 4) NOT NULL)`,
] as const;

/** Made where they are missing: folders of the first days have none. */
const LATER_TABLES = [
  'CREATE TABLE IF NOT EXISTS paused_segments (segment VARCHAR NOT NULL, reason VARCHAR NOT NULL, paused_at VARCHAR NOT NULL)',
  `CREATE TABLE IF NOT EXISTS open_portions (
    portion INTEGER NOT NULL, run INTEGER NOT NULL, scan UTINYINT NOT NULL, batch INTEGER NOT NULL, intents VARCHAR NOT NULL)`,
  `CREATE TABLE IF NOT EXISTS intent_log (
    run INTEGER NOT NULL, scan UTINYINT NOT NULL, batch INTEGER NOT NULL, profile_id VARCHAR NOT NULL,
    entered VARCHAR NOT NULL, "left" VARCHAR NOT NULL, reverted INTEGER NOT NULL, logged_at BIGINT NOT NULL)`,
  'CREATE TABLE IF NOT EXISTS long_documents (id VARCHAR NOT NULL, document VARCHAR NOT NULL)',
] as const;

/** A folder of version 1 has a row for each open intent, or no table of them. */
const OPEN_INTENTS_TO_PORTIONS = [
  `CREATE TABLE IF NOT EXISTS open_intents (
    run INTEGER, scan UTINYINT, batch INTEGER, profile_id VARCHAR, version VARCHAR, entered VARCHAR, "left" VARCHAR, reverted INTEGER)`,
  `INSERT INTO open_portions SELECT row_number() OVER (ORDER BY run, scan, batch), run, scan, batch, intents FROM (
     SELECT run, scan, batch, json_group_array(json_array(profile_id, version, entered, "left", reverted))::VARCHAR AS intents
     FROM open_intents GROUP BY run, scan, batch)`,
  'DROP TABLE open_intents',
] as const;

/** Makes the tables of a new database, or checks that an existing one is ours to use. */
export async function migrate(
  connection: DuckDBConnection,
  environment: string,
  folder: string,
): Promise<{ readonly storeId: string }> {
  await connection.run('CREATE TABLE IF NOT EXISTS meta (key VARCHAR NOT NULL, value VARCHAR NOT NULL)');
  const meta = await readMeta(connection);
  const storeId = meta.get('store_id');
  if (storeId === undefined) return createTables(connection, environment);
  assertOurs(meta, environment, folder);
  for (const table of LATER_TABLES) await connection.run(table);
  if (Number(meta.get('schema')) < SCHEMA_VERSION) await upgrade(connection);
  return { storeId };
}

async function upgrade(connection: DuckDBConnection): Promise<void> {
  await connection.run('BEGIN TRANSACTION');
  for (const statement of OPEN_INTENTS_TO_PORTIONS) await connection.run(statement);
  await connection.run("UPDATE meta SET value = $1 WHERE key = 'schema'", [String(SCHEMA_VERSION)]);
  await connection.run('COMMIT');
}

async function readMeta(connection: DuckDBConnection): Promise<ReadonlyMap<string, string>> {
  const rows = await selectRows(connection, 'SELECT key, value FROM meta');
  return new Map(rows.map(([key, value]) => [String(key), String(value)]));
}

async function createTables(connection: DuckDBConnection, environment: string): Promise<{ storeId: string }> {
  const storeId = randomUUID();
  await connection.run('BEGIN TRANSACTION');
  for (const table of [...TABLES, ...LATER_TABLES]) await connection.run(table);
  const rows = [
    ['schema', String(SCHEMA_VERSION)],
    ['environment', environment],
    ['store_id', storeId],
  ];
  for (const row of rows) await connection.run('INSERT INTO meta VALUES ($1, $2)', row);
  await connection.run('COMMIT');
  return { storeId };
}

function assertOurs(meta: ReadonlyMap<string, string>, environment: string, folder: string): void {
  const owner = meta.get('environment');
  if (owner !== environment) {
    throw new UserError(
      `The data folder ${folder} belongs to the environment "${owner}", and this is "${environment}". Set STRATA_ENV=${owner}, or name another folder with --data.`,
    );
  }
  const version = Number(meta.get('schema'));
  if (version > SCHEMA_VERSION) {
    throw new UserError(
      `The data folder ${folder} was written by a newer version of Strata (schema ${version}; this one knows ${SCHEMA_VERSION}).`,
    );
  }
}
