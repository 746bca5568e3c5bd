import { randomUUID } from 'node:crypto';
import { Migrator, sql, type Kysely } from 'kysely';
import { UserError } from '../../domain/errors.ts';
import { codeOf } from './errors.ts';
import { MIGRATIONS, TABLE } from './migrations.ts';
import type { Tables } from './tables.ts';

export interface SchemaOptions {
  readonly environment: string;
  readonly migrate: boolean;
}

/**
 * Answers the database's id, once its schema is up to date and it is ours. Nothing is changed in a database of
 * another environment.
 */
export async function openSchema(
  db: Kysely<Tables>,
  { environment, migrate }: SchemaOptions,
): Promise<string> {
  if (migrate) {
    await migrateSchema(db, environment);
  } else {
    assertOurs(await readMeta(db), environment);
    await assertUpToDate(db);
  }
  await stamp(db, environment);
  const meta = await readMeta(db);
  assertOurs(meta, environment);
  const storeId = meta.get('store_id');
  if (storeId === undefined) throw new Error('the ledger has lost its store id');
  return storeId;
}

/** Runs the migrations that are due and answers their names; several processes at once wait for each other. */
export async function migrateSchema(db: Kysely<Tables>, environment: string): Promise<readonly string[]> {
  assertOurs(await readMeta(db), environment);
  for (const table of MIGRATOR_TABLES) await sql.raw(table).execute(db);
  const { error, results } = await createMigrator(db).migrateToLatest();
  if (error !== undefined) throw toMigrationError(error);
  await stamp(db, environment);
  return (results ?? []).map(({ migrationName }) => migrationName);
}

const [EXECUTED, LOCK] = ['strata_migrations', 'strata_migrations_lock'];

/** As the migrator would make them, but in a character set of ours. */
const MIGRATOR_TABLES = [
  `CREATE TABLE IF NOT EXISTS ${EXECUTED} (name VARCHAR(255) NOT NULL PRIMARY KEY, timestamp VARCHAR(255) NOT NULL) ${TABLE}`,
  `CREATE TABLE IF NOT EXISTS ${LOCK} (id VARCHAR(255) NOT NULL PRIMARY KEY, is_locked INTEGER NOT NULL DEFAULT 0) ${TABLE}`,
] as const;

function createMigrator(db: Kysely<Tables>): Migrator {
  return new Migrator({
    db,
    provider: { getMigrations: async () => ({ ...MIGRATIONS }) },
    migrationTableName: EXECUTED,
    migrationLockTableName: LOCK,
  });
}

const NEWER =
  'The ledger in MYSQL_URL was written by a newer version of Strata. Use that version, or another database.';

function toMigrationError(error: unknown): unknown {
  if (error instanceof Error && error.message.startsWith('corrupted migrations'))
    return new UserError(NEWER, { cause: error });
  if (/^ER_(TABLEACCESS|DBACCESS|SPECIFIC_ACCESS)_DENIED/.test(codeOf(error)))
    return new UserError(
      'The user in MYSQL_URL may not create tables. Run `strata migrate` once with one who may, and set STRATA_MIGRATE=false here.',
      { cause: error },
    );
  return error;
}

async function assertUpToDate(db: Kysely<Tables>): Promise<void> {
  const executed = await readExecuted(db);
  if (executed.some((name) => !(name in MIGRATIONS))) throw new UserError(NEWER);
  const due = Object.keys(MIGRATIONS).filter((name) => !executed.includes(name));
  if (due.length === 0) return;
  throw new UserError(
    `The ledger in MYSQL_URL lacks ${due.join(', ')}, and STRATA_MIGRATE is off. Run \`strata migrate\` once; several workers may be running.`,
  );
}

async function stamp(db: Kysely<Tables>, environment: string): Promise<void> {
  await db
    .insertInto('strata_meta')
    .values([
      { name: 'environment', value: environment },
      { name: 'store_id', value: randomUUID() },
    ])
    .onDuplicateKeyUpdate((row) => ({ name: row.ref('strata_meta.name') }))
    .execute();
}

async function readMeta(db: Kysely<Tables>): Promise<ReadonlyMap<string, string>> {
  const rows = await unlessMissing(() => db.selectFrom('strata_meta').select(['name', 'value']).execute());
  return new Map(rows.map(({ name, value }) => [name, value]));
}

async function readExecuted(db: Kysely<Tables>): Promise<readonly string[]> {
  const rows = await unlessMissing(
    async () => (await sql<{ name: string }>`SELECT name FROM ${sql.table(EXECUTED)}`.execute(db)).rows,
  );
  return rows.map(({ name }) => name);
}

/** A table that is not there yet has no rows. */
async function unlessMissing<Row>(read: () => Promise<readonly Row[]>): Promise<readonly Row[]> {
  try {
    return await read();
  } catch (error) {
    if (codeOf(error) === 'ER_NO_SUCH_TABLE') return [];
    throw error;
  }
}

function assertOurs(meta: ReadonlyMap<string, string>, environment: string): void {
  const owner = meta.get('environment');
  if (owner === undefined || owner === environment) return;
  throw new UserError(
    `The ledger in MYSQL_URL belongs to the environment "${owner}", and this is "${environment}". Set STRATA_ENV=${owner}, or name another database.`,
  );
}
