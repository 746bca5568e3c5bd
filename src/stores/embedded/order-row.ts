import { nearest } from '../../domain/condition/vocabulary.ts';
import { counted } from '../../domain/counted.ts';
import { UserError } from '../../domain/errors.ts';

export const ORDER_COLUMNS = ['user_id', 'order_date', 'units', 'amount'] as const;
type OrderColumn = (typeof ORDER_COLUMNS)[number];

/** Where each column stands in a row. */
export type ColumnIndexes = Readonly<Record<OrderColumn, number>> & { readonly width: number };

export interface OrderRow {
  readonly userId: string;
  /** `YYYY-MM-DD`. */
  readonly date: string;
  /** Decimal texts: the file's digits reach the database as they stand. */
  readonly units: string;
  readonly amount: string;
}

export type OrderOutcome =
  { readonly kind: 'order'; readonly order: OrderRow } | { readonly kind: 'bad'; readonly reason: string };

/** Of a header in characters; a file that is no table has a first line of any length. */
const MAX_LISTED = 200;

/** Columns by name; others may stand between them. */
export function findColumns(names: readonly string[], where: string): ColumnIndexes {
  const known = names.map((name) => name.trim().toLowerCase());
  const indexOf = (column: OrderColumn): number => {
    const index = known.indexOf(column);
    if (index < 0) throw new UserError(missingColumn(column, known, where));
    if (known.indexOf(column, index + 1) >= 0)
      throw new UserError(`${where} names the column "${column}" twice.`);
    return index;
  };
  const [userId, date, units, amount] = ORDER_COLUMNS.map(indexOf);
  return {
    user_id: userId ?? 0,
    order_date: date ?? 0,
    units: units ?? 0,
    amount: amount ?? 0,
    width: names.length,
  };
}

function missingColumn(column: OrderColumn, names: readonly string[], where: string): string {
  const separator = foreignSeparator(names);
  if (separator !== null)
    return `${where} has no column "${column}": its names are separated by ${separator}, and a comma is expected.`;
  const strangers = names.filter((name) => !ORDER_COLUMNS.some((known) => known === name));
  const meant = strangers.find((name) => nearest(name, ORDER_COLUMNS) === column);
  const hint = meant === undefined ? `it has ${listed(names)}.` : `did you mean "${meant}" to be it?`;
  return `${where} has no column "${column}"; ${hint} A file without a header needs --columns ${ORDER_COLUMNS.join(',')}.`;
}

function listed(names: readonly string[]): string {
  const text = names.join(', ');
  if (text === '') return 'none';
  return text.length > MAX_LISTED ? `${text.slice(0, MAX_LISTED)}…` : text;
}

/** What else tables are exported with; a name of ours does not hold it. */
const SEPARATORS = { ';': 'semicolons', '\t': 'tabs', '|': 'bars' } as const;

/** Of a row that a comma did not part. */
function foreignSeparator(names: readonly string[]): string | null {
  const [only, ...others] = names;
  if (only === undefined || others.length > 0) return null;
  const found = Object.entries(SEPARATORS).find(([separator]) => only.includes(separator));
  return found === undefined ? null : found[1];
}

const DATE = /^(\d{4})-?(\d{2})-?(\d{2})$/;
const UNITS = /^[+-]?\d{1,12}(\.\d{1,3})?$/;
const AMOUNT = /^[+-]?\d{1,12}(\.\d{1,4})?$/;
const MAX_ID_BYTES = 64;

export function toOrder(fields: readonly string[], columns: ColumnIndexes): OrderOutcome {
  if (fields.length !== columns.width) {
    return bad(`${counted(fields.length, 'column')}, where ${columns.width} are expected`);
  }
  const userId = fields[columns.user_id] ?? '';
  const bytes = Buffer.byteLength(userId);
  if (userId.trim() === '') return bad('user_id is empty');
  if (bytes > MAX_ID_BYTES) return bad(`user_id has ${bytes} bytes; at most ${MAX_ID_BYTES} are allowed`);
  if (userId.includes('\u0000')) return bad('user_id holds U+0000');
  const date = toDate((fields[columns.order_date] ?? '').trim());
  if (date === null)
    return bad(`order_date ${quoted(fields[columns.order_date] ?? '')} is no date (YYYY-MM-DD or YYYYMMDD)`);
  const units = (fields[columns.units] ?? '').trim();
  if (!UNITS.test(units)) return bad(`units ${quoted(units)} is no number with up to 3 decimals`);
  const amount = (fields[columns.amount] ?? '').trim();
  if (!AMOUNT.test(amount)) return bad(`amount ${quoted(amount)} is no number with up to 4 decimals`);
  return { kind: 'order', order: { userId, date, units, amount } };
}

/** Enough to find it by; a quote that was never closed runs to a megabyte. */
const MAX_QUOTED = 40;

function quoted(text: string): string {
  return text.length > MAX_QUOTED ? `"${text.slice(0, MAX_QUOTED)}…"` : `"${text}"`;
}

function bad(reason: string): OrderOutcome {
  return { kind: 'bad', reason };
}

/** A day of the calendar, or null: `20260230` is none. */
function toDate(text: string): string | null {
  const match = DATE.exec(text);
  if (match === null || (text.includes('-') && text.length !== 10)) return null;
  const date = `${match[1]}-${match[2]}-${match[3]}`;
  const time = Date.parse(`${date}T00:00:00Z`);
  return !Number.isNaN(time) && new Date(time).toISOString().startsWith(date) ? date : null;
}
