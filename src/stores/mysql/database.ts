import { Kysely, MysqlDialect, sql, type Transaction } from 'kysely';
import { createPool, type Pool } from 'mysql2';
import { toConnectError } from './errors.ts';
import { migrateSchema, openSchema } from './schema.ts';
import { retrying } from './retry.ts';
import type { Tables } from './tables.ts';
import { createValueCodes, type ValueCodes } from './value-codes.ts';

export interface MysqlOptions {
  /** `mysql://user:password@host:port/database`. */
  readonly url: string;
  readonly environment: string;
  /** False: a schema that is not up to date is refused instead of being brought up to date. */
  readonly migrate: boolean;
}

export type Query = Kysely<Tables> | Transaction<Tables>;

/** One database that any number of processes share. */
export interface MysqlDatabase {
  /** Given when the database was first used; never changes. */
  readonly storeId: string;
  readonly values: ValueCodes;
  /** Statements that bear being run twice, each by itself. */
  readonly run: <T>(work: (db: Query) => Promise<T>) => Promise<T>;
  /** Statements of which one, run twice, would answer differently: a lost connection is the caller's to judge. */
  readonly runOnce: <T>(work: (db: Query) => Promise<T>) => Promise<T>;
  /** One transaction; it must bear being run twice, as its lost locks or connection make it. */
  readonly transact: <T>(work: (db: Query) => Promise<T>) => Promise<T>;
  close(): Promise<void>;
}

/** Two batches at once, the light activities and the API; more would only queue inside the server. */
const CONNECTIONS = 8;

/** Without gap locks, so that writers of different rows do not meet; statements never rely on a snapshot. */
const SESSION = [
  'SET NAMES utf8mb4 COLLATE utf8mb4_bin',
  `SET SESSION time_zone = '+00:00', sql_mode = 'STRICT_ALL_TABLES,NO_ENGINE_SUBSTITUTION'`,
  'SET SESSION TRANSACTION ISOLATION LEVEL READ COMMITTED',
];

/** Connects, brings the schema up to date where allowed, and refuses a database of another environment. */
export async function openMysql(options: MysqlOptions): Promise<MysqlDatabase> {
  const db = connect(options.url);
  try {
    await reach(db, options.url);
    return createDatabase(db, await openSchema(db, options));
  } catch (error) {
    await db.destroy();
    throw error;
  }
}

/** Brings the schema up to date and answers the names of the steps that were due. */
export async function migrateMysql(options: Omit<MysqlOptions, 'migrate'>): Promise<readonly string[]> {
  const db = connect(options.url);
  try {
    await reach(db, options.url);
    return await migrateSchema(db, options.environment);
  } finally {
    await db.destroy();
  }
}

function connect(url: string): Kysely<Tables> {
  const pool = createPool({
    uri: url,
    connectionLimit: CONNECTIONS,
    charset: 'utf8mb4_bin',
    timezone: 'Z',
    connectTimeout: 10_000,
    // A server that vanished is noticed in minutes, not in the two hours of the system's own default.
    keepAliveInitialDelay: 30_000,
    // All our binary columns hold UTF-8 text.
    typeCast: (_, next) => {
      const value: unknown = next();
      return Buffer.isBuffer(value) ? value.toString('utf8') : value;
    },
  });
  prepareSessions(pool);
  return new Kysely<Tables>({ dialect: new MysqlDialect({ pool }) });
}

function prepareSessions(pool: Pool): void {
  pool.on('connection', (connection) => {
    // Queued before whatever the connection was asked for; if they fail, so does that.
    for (const statement of SESSION) connection.query(statement, (error) => error && connection.destroy());
  });
}

async function reach(db: Kysely<Tables>, url: string): Promise<void> {
  try {
    await retrying(() => sql`SELECT 1`.execute(db));
  } catch (error) {
    throw toConnectError(error, describeUrl(url));
  }
}

/** The URL without user and password, for messages. */
function describeUrl(url: string): string {
  const { hostname, port, pathname } = new URL(url);
  return `the database "${decodeURIComponent(pathname.slice(1))}" on ${hostname}:${port || '3306'}`;
}

function createDatabase(db: Kysely<Tables>, storeId: string): MysqlDatabase {
  const run = <T>(work: (query: Query) => Promise<T>) => retrying(() => work(db));
  return {
    storeId,
    values: createValueCodes(run),
    run,
    runOnce: (work) => work(db),
    transact: (work) => retrying(() => db.transaction().execute(work)),
    close: () => db.destroy(),
  };
}
