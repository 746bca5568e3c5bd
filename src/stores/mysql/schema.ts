import { randomUUID } from 'node:crypto';
import { Migrator, type Kysely } from 'kysely';
import { UserError } from '../../domain/errors.ts';
import { codeOf } from './errors.ts';
import { MIGRATIONS } from './migrations.ts';
import type { Tables } from './tables.ts';

export interface SchemaOptions {
  readonly environment: string;
  readonly migrate: boolean;
}

/** Refuses a database that is not ours before it changes anything. Safe with several processes starting at once. */
export async function openSchema(db: Kysely<Tables>, options: SchemaOptions): Promise<{ storeId: string }> {
  assertOurs(await readMeta(db), options.environment);
  if (options.migrate) await migrateSchema(db);
  else await assertUpToDate(db);
  await stamp(db, options.environment);
  const meta = await readMeta(db);
  assertOurs(meta, options.environment);
  const storeId = meta.get('store_id');
  if (storeId === undefined) throw new Error('the ledger has lost its store id');
  return { storeId };
}

/** Names of the migrations that were due and have been run; other processes wait meanwhile. */
export async function migrateSchema(db: Kysely<Tables>): Promise<readonly string[]> {
  const { error, results } = await createMigrator(db).migrateToLatest();
  if (error !== undefined) throw toMigrationError(error);
  return (results ?? []).map(({ migrationName }) => migrationName);
}

function createMigrator(db: Kysely<Tables>): Migrator {
  return new Migrator({
    db,
    provider: { getMigrations: async () => ({ ...MIGRATIONS }) },
    migrationTableName: 'strata_migrations',
    migrationLockTableName: 'strata_migrations_lock',
  });
}

function toMigrationError(error: unknown): unknown {
  if (error instanceof Error && error.message.startsWith('corrupted migrations'))
    return new UserError(
      'The ledger in MYSQL_URL was written by a newer version of Strata. Use that version, or another database.',
      { cause: error },
    );
  if (/^ER_(TABLEACCESS|DBACCESS|SPECIFIC_ACCESS)_DENIED/.test(codeOf(error)))
    return new UserError(
      'The user in MYSQL_URL may not create tables. Run `strata migrate` once with one who may, and set STRATA_MIGRATE=false here.',
      { cause: error },
    );
  return error;
}

async function assertUpToDate(db: Kysely<Tables>): Promise<void> {
  const migrations = await createMigrator(db).getMigrations();
  const due = migrations.filter(({ executedAt }) => executedAt === undefined).map(({ name }) => name);
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
  try {
    const rows = await db.selectFrom('strata_meta').select(['name', 'value']).execute();
    return new Map(rows.map(({ name, value }) => [name, value]));
  } catch (error) {
    if (codeOf(error) === 'ER_NO_SUCH_TABLE') return new Map();
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
