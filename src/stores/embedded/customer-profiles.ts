import type { DuckDBConnection } from '@duckdb/node-api';
import { isRecord } from './profile-rows.ts';
import { selectRow, selectRows, type Cell } from './rows.ts';

type Document = Readonly<Record<string, unknown>>;

/** What the warehouse needs of the profile store: changes of many documents inside its own transaction. */
export interface CustomerProfiles {
  /** Answers how many of the profiles are new. */
  mergeProfiles(
    connection: DuckDBConnection,
    ids: readonly string[],
    merge: (id: string, document: Document | null) => Document,
  ): Promise<number>;
}

const CHUNK_CUSTOMERS = 10_000;

/** Brings the profiles of a staged file's customers up to all their orders; answers how many are new. */
export async function mergeCustomers(
  connection: DuckDBConnection,
  staged: string,
  profiles: CustomerProfiles,
): Promise<number> {
  await connection.run(
    `CREATE OR REPLACE TEMP TABLE customer_totals AS
     SELECT row_number() OVER (ORDER BY s.first_line)::INTEGER AS number, user_id, orders, units, spend, first_date, last_date
     FROM (SELECT user_id, min(line) AS first_line FROM temp.${staged} GROUP BY user_id) s
     JOIN (SELECT user_id, count(*)::DOUBLE AS orders, sum(units)::DOUBLE AS units, round(sum(amount), 2)::DOUBLE AS spend,
             min(order_date)::VARCHAR AS first_date, max(order_date)::VARCHAR AS last_date
           FROM orders GROUP BY user_id) USING (user_id)`,
  );
  const [customers] = await selectRow(connection, 'SELECT count(*)::INTEGER FROM customer_totals');
  let newProfiles = 0;
  for (let from = 1; from <= Number(customers); from += CHUNK_CUSTOMERS) {
    const rows = await selectRows(
      connection,
      `SELECT '.' || user_id, orders, units, spend, first_date, last_date FROM customer_totals
       WHERE number >= ${from} AND number < ${from + CHUNK_CUSTOMERS} ORDER BY number`,
    );
    const totals = new Map(rows.map((row) => [String(row[0]).slice(1), toTotals(row)]));
    newProfiles += await profiles.mergeProfiles(connection, [...totals.keys()], (id, document) =>
      withTotals(id, document, totals.get(id)),
    );
  }
  return newProfiles;
}

interface Totals {
  readonly orders: number;
  readonly units: number;
  readonly spend: number;
  readonly firstAt: string;
  readonly lastAt: string;
}

function toTotals([, orders, units, spend, first, last]: readonly Cell[]): Totals {
  const instant = (date: Cell | undefined): string => new Date(`${String(date)}T00:00:00Z`).toISOString();
  return {
    orders: Number(orders),
    units: Number(units),
    spend: Number(spend),
    firstAt: instant(first),
    lastAt: instant(last),
  };
}

/** What orders do not tell stays as it is. */
function withTotals(id: string, document: Document | null, totals: Totals | undefined): Document {
  if (totals === undefined) throw new Error(`customer ${id} has no orders`);
  const { orders, units, spend, firstAt, lastAt } = totals;
  const metadata = recordAt(document, 'metadata');
  const time = recordAt(metadata, 'time');
  const visit = recordAt(time, 'visit');
  return {
    id,
    ...document,
    active: true,
    stats: { ...recordAt(document, 'stats'), orders, units, spend },
    metadata: { ...metadata, time: { ...time, create: firstAt, visit: { ...visit, last: lastAt } } },
  };
}

function recordAt(document: Document | null, key: string): Document {
  const value = document !== null && Object.hasOwn(document, key) ? document[key] : undefined;
  return isRecord(value) ? value : {};
}
