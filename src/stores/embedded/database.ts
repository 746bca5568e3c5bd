import { DuckDBInstance, type DuckDBConnection } from '@duckdb/node-api';
import { access, constants, mkdir, realpath } from 'node:fs/promises';
import { join } from 'node:path';
import { UserError } from '../../domain/errors.ts';
import { createReaders, type Use } from './readers.ts';
import { migrate } from './schema.ts';
import { readValueCodes, type ValueCodes } from './value-codes.ts';

export interface DatabaseOptions {
  readonly environment: string;
  /** DuckDB's own memory, buffers and intermediate results; what does not fit goes to the data folder. */
  readonly memoryLimit?: string;
  readonly threads?: number;
}

/** One DuckDB file that this process owns. All embedded stores share it, so a transaction can span them. */
export interface Database {
  /** Made when the folder was first opened; never changes. */
  readonly storeId: string;
  /** How memberships are stored; one for all stores, as all write them. */
  readonly values: ValueCodes;
  /** Reads one consistent state; readers run beside each other and beside the writer. */
  read<T>(use: Use<T>): Promise<T>;
  /** One transaction, after all those asked for before it: writers never conflict inside this process. */
  write<T>(use: Use<T>): Promise<T>;
  /** Waits for open reads and writes. */
  close(): Promise<void>;
}

/** Enough for an import of a million orders; more of it would only cache more of a large store. */
const MEMORY_LIMIT = '80MB';

/**
 * DuckDB's file lock is one per process: a second open in this process would succeed, and closing either
 * would release the lock of both.
 */
const openFolders = new Set<string>();

const FILE = 'strata.duckdb';

/** Whether a data folder has a database; one that cannot be looked into is left to `openDatabase` to explain. */
export async function hasDatabase(dataDirectory: string): Promise<boolean> {
  try {
    await access(join(dataDirectory, FILE));
    return true;
  } catch (error) {
    return !(error instanceof Error && 'code' in error && error.code === 'ENOENT');
  }
}

/** Opens or creates the data folder's database, and refuses a folder that belongs to somebody else. */
export async function openDatabase(dataDirectory: string, options: DatabaseOptions): Promise<Database> {
  const folder = await makeFolder(dataDirectory);
  if (openFolders.has(folder))
    throw new UserError(`The data folder ${dataDirectory} is open in this process already.`);
  openFolders.add(folder);
  try {
    const instance = await openInstance(folder, dataDirectory, options);
    try {
      return await createDatabase(instance, folder, dataDirectory, options.environment);
    } catch (error) {
      instance.closeSync();
      throw error;
    }
  } catch (error) {
    openFolders.delete(folder);
    throw error;
  }
}

async function makeFolder(dataDirectory: string): Promise<string> {
  try {
    await mkdir(dataDirectory, { recursive: true });
    await access(dataDirectory, constants.W_OK | constants.X_OK);
    return await realpath(dataDirectory);
  } catch (cause) {
    throw new UserError(
      `The data folder ${dataDirectory} cannot be used: ${whyUnusable(cause)}, or name another one with --data or STRATA_DATA.`,
      { cause },
    );
  }
}

function whyUnusable(error: unknown): string {
  const code = error instanceof Error && 'code' in error ? String(error.code) : 'unknown error';
  if (code === 'EEXIST') return 'it is a file, not a folder. Move the file away';
  if (code === 'ENOTDIR') return 'a part of its path is a file, not a folder. Move the file away';
  return `it cannot be written (${code}). Make it writable`;
}

async function openInstance(
  folder: string,
  shown: string,
  options: DatabaseOptions,
): Promise<DuckDBInstance> {
  try {
    return await DuckDBInstance.create(join(folder, FILE), {
      memory_limit: options.memoryLimit ?? MEMORY_LIMIT,
      threads: String(options.threads ?? 2),
      temp_directory: join(folder, 'spill'),
      // A page cut by LIMIT is only a page when rows come in the order they were inserted.
      preserve_insertion_order: 'true',
      autoinstall_known_extensions: 'false',
      autoload_known_extensions: 'false',
    });
  } catch (cause) {
    throw openingError(shown, cause);
  }
}

function openingError(folder: string, cause: unknown): Error {
  const text = cause instanceof Error ? cause.message : String(cause);
  if (/could not set lock|conflicting lock/i.test(text)) {
    const holder = /\(PID (\d+)\)/.exec(text)?.[1];
    const who = holder === undefined ? 'another process' : `process ${holder}`;
    return new UserError(
      `The data folder ${folder} is in use by ${who}. Use the running Strata, stop it first, or name another folder with --data. Several processes share runs with ELASTIC_HOST and MYSQL_URL.`,
      { cause },
    );
  }
  if (/permission denied|read-only|cannot open file/i.test(text)) {
    return new UserError(`The database in ${folder} cannot be opened for writing: ${text}`, { cause });
  }
  if (/not a valid DuckDB database|Serialization Error|newer version|storage version/i.test(text)) {
    return new UserError(
      `The file strata.duckdb in ${folder} cannot be read by this version of Strata: ${text}`,
      { cause },
    );
  }
  return cause instanceof Error ? cause : new Error(text);
}

async function createDatabase(
  instance: DuckDBInstance,
  folder: string,
  shown: string,
  environment: string,
): Promise<Database> {
  const writer = await instance.connect();
  const { storeId } = await migrate(writer, environment, shown);
  const readers = createReaders(() => instance.connect());
  let lastWrite: Promise<unknown> = Promise.resolve();
  let closed = false;

  function assertOpen(): void {
    if (closed) throw new Error('the embedded database is closed');
  }

  async function read<T>(use: Use<T>): Promise<T> {
    assertOpen();
    return readers.use((connection) => inTransaction(connection, 'BEGIN TRANSACTION READ ONLY', use));
  }

  async function write<T>(use: Use<T>): Promise<T> {
    assertOpen();
    const turn = lastWrite.then(() => inTransaction(writer, 'BEGIN TRANSACTION', use));
    lastWrite = turn.catch(() => undefined);
    return turn;
  }

  async function close(): Promise<void> {
    if (closed) return;
    closed = true;
    await lastWrite;
    await readers.close();
    writer.closeSync();
    instance.closeSync();
    openFolders.delete(folder);
  }

  const values = await readValueCodes(writer, write);
  return { storeId, values, read, write, close };
}

async function inTransaction<T>(connection: DuckDBConnection, begin: string, use: Use<T>): Promise<T> {
  await connection.run(begin);
  try {
    const answer = await use(connection);
    await connection.run('COMMIT');
    return answer;
  } catch (error) {
    await rollback(connection);
    throw error;
  }
}

/** A failed COMMIT has rolled back already, and saying so again must not hide the error that caused it. */
async function rollback(connection: DuckDBConnection): Promise<void> {
  await connection.run('ROLLBACK').catch(() => undefined);
}
