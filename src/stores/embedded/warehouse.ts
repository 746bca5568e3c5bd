import { VARCHAR, type DuckDBConnection } from '@duckdb/node-api';
import { randomUUID } from 'node:crypto';
import { mergeCustomers, type CustomerProfiles } from './customer-profiles.ts';
import type { Database } from './database.ts';
import { readOrderFile, type FileRow, type OrderSource } from './order-file.ts';
import { selectRow } from './rows.ts';

export interface ImportedTransactions {
  /** Orders and customers of the file. */
  readonly orders: number;
  readonly profiles: number;
  readonly newProfiles: number;
  readonly badRows: number;
  /** The first bad rows. */
  readonly samples: readonly BadRow[];
  readonly alreadyImported: boolean;
}

export interface BadRow {
  readonly line: number;
  readonly reason: string;
  readonly text: string;
}

export interface EmbeddedWarehouse {
  /**
   * Adds a file's purchases and brings its customers' profiles up to date, all or nothing. The same content
   * again changes nothing; equal lines of a file are purchases of their own.
   */
  importTransactions(source: OrderSource): Promise<ImportedTransactions>;
}

const CHUNK_ORDERS = 20_000;
const SHOWN_BAD_ROWS = 20;

export function createWarehouse(database: Database, profiles: CustomerProfiles): EmbeddedWarehouse {
  async function importTransactions(source: OrderSource): Promise<ImportedTransactions> {
    const file = readOrderFile(source);
    // A temporary table is the writer's own and shared by all imports.
    const staged = `staged_orders_${randomUUID().replaceAll('-', '')}`;
    try {
      const bad = await stageOrders(database, staged, file.rows);
      const added = await database.write((connection) =>
        addOrders(connection, staged, file.contentHash(), profiles),
      );
      return { ...added, ...bad };
    } finally {
      await database.write((connection) => connection.run(`DROP TABLE IF EXISTS temp.${staged}`));
    }
  }

  return { importTransactions };
}

interface BadRows {
  readonly badRows: number;
  readonly samples: readonly BadRow[];
}

/** Short turns, so that runs go on writing while a large file is read. */
async function stageOrders(
  database: Database,
  table: string,
  rows: AsyncIterable<FileRow>,
): Promise<BadRows> {
  await database.write((connection) =>
    connection.run(
      `CREATE TEMP TABLE ${table} (line INTEGER, user_id VARCHAR, order_date VARCHAR, units VARCHAR, amount VARCHAR)`,
    ),
  );
  const samples: BadRow[] = [];
  let badRows = 0;
  let chunk: (FileRow & { readonly kind: 'order' })[] = [];
  const flush = async (): Promise<void> => {
    const full = chunk;
    chunk = [];
    await database.write((connection) => appendOrders(connection, table, full));
  };
  for await (const row of rows) {
    if (row.kind === 'order') chunk.push(row);
    else {
      badRows += 1;
      if (samples.length < SHOWN_BAD_ROWS)
        samples.push({ line: row.line, reason: row.reason, text: row.text });
    }
    if (chunk.length >= CHUNK_ORDERS) await flush();
  }
  await flush();
  return { badRows, samples };
}

async function appendOrders(
  connection: DuckDBConnection,
  table: string,
  rows: readonly (FileRow & { readonly kind: 'order' })[],
): Promise<void> {
  const appender = await connection.createAppender(table, 'main', 'temp');
  for (const { line, order } of rows) {
    appender.appendInteger(line);
    appender.appendVarchar(order.userId);
    appender.appendVarchar(order.date);
    appender.appendVarchar(order.units);
    appender.appendVarchar(order.amount);
    appender.endRow();
  }
  appender.closeSync();
}

async function addOrders(
  connection: DuckDBConnection,
  table: string,
  contentHash: string,
  profiles: CustomerProfiles,
): Promise<Omit<ImportedTransactions, 'badRows' | 'samples'>> {
  const [orders, customers] = await selectRow(
    connection,
    `SELECT count(*), count(DISTINCT user_id) FROM temp.${table}`,
  );
  const numbers = { orders: Number(orders), profiles: Number(customers) };
  const [known] = await selectRow(connection, 'SELECT count(*) FROM orders WHERE file = $1', [contentHash]);
  if (Number(known) > 0) return { ...numbers, newProfiles: 0, alreadyImported: true };
  await connection.run(
    `INSERT INTO orders SELECT $1, line, user_id, order_date::DATE, units::DECIMAL(18, 3), amount::DECIMAL(18, 4)
     FROM temp.${table}`,
    [contentHash],
    [VARCHAR],
  );
  const newProfiles = await mergeCustomers(connection, table, profiles);
  return { ...numbers, newProfiles, alreadyImported: false };
}
