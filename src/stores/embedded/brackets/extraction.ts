import type { PathStep } from '../../../domain/condition/ast.ts';
import { quote } from '../rows.ts';
import { Columns } from './columns.ts';
import { any, FALSE, TRUE, type Sql } from './sql.ts';

/**
 * The columns that brackets read, each computed once per row however many conditions share it: the values of
 * all paths by one pass over the document, what they are as numbers, texts and instants, and the tests. None is
 * ever NULL, so every test is two-valued without being told to: guarding each against NULL doubles a scan's cost.
 */
export interface Extraction {
  field(path: readonly PathStep[]): FieldColumns;
  /** A column that holds the expression's value. */
  test(expression: Sql): Sql;
  columns(relation: string): string;
}

/** Which side of every number or instant a value of another type falls on, so that the test is false for it. */
export type Side = 'below all' | 'above all';

/** One path's value. */
export interface FieldColumns {
  /** JSON as DuckDB writes it; empty where the key is missing, which no JSON is. */
  readonly raw: Sql;
  /** A list stands on the way, so the path means something else here. */
  readonly detour: Sql;
  readonly isList: Sql;
  readonly isText: Sql;
  number(others: Side): Sql;
  /** Empty where the value is no text. */
  text(): Sql;
  /** The elements of a list as JSON; of anything else none. */
  elements(): Sql;
  /** Epoch milliseconds of a text in one of the usual ISO forms. */
  instant(others: Side): Sql;
  isUsualInstant(): Sql;
}

/**
 * Full ISO seconds with up to milliseconds, in UTC; a day alone. Other forms the evaluator may read as well, and
 * DuckDB may read differently.
 */
const USUAL_ISO =
  '[1-9][0-9]{3}-[01][0-9]-[0-3][0-9]([T ]([01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9]([.][0-9]{1,3})?Z?)?';
const NO_NUMBER: Readonly<Record<Side, Sql>> = {
  'below all': `'-inf'::DOUBLE`,
  'above all': `'inf'::DOUBLE`,
};
/** Far outside of the years that ISO 8601 can write. */
const NO_INSTANT: Readonly<Record<Side, number>> = { 'below all': -9e17, 'above all': 9e17 };

export function createExtraction(): Extraction {
  const paths = new Columns('b_value');
  const typed = new Columns('b_typed');
  const instants = new Columns('b_instant');
  const tests = new Columns('b_test');

  const extracted = (pointer: string): Sql => paths.name(pointer);

  function field(path: readonly PathStep[]): FieldColumns {
    const raw = extracted(pointerOf(path));
    const isText = `starts_with(${raw}, '"')`;
    const isList = `starts_with(${raw}, '[')`;
    const text = (): Sql =>
      typed.name(`CASE WHEN ${isText} THEN coalesce(json_extract_string(${raw}, '$'), '') ELSE '' END`);
    const instant = (others: Side): Sql => instants.name(instantSql(text(), others));
    return {
      raw,
      detour: detourOf(path, extracted),
      isList,
      isText,
      text,
      instant,
      number: (others) => typed.name(numberSql(raw, others)),
      elements: () =>
        typed.name(`CASE WHEN ${isList} THEN json_extract(${raw}, '$[*]')::VARCHAR[] ELSE []::VARCHAR[] END`),
      isUsualInstant: () => `${instant('below all')} > ${NO_INSTANT['below all']}`,
    };
  }

  function columns(relation: string): string {
    const pointers = paths.expressions();
    if (pointers.length === 0) return layer(relation, tests.definitions());
    const list = `[${pointers.map(quote).join(', ')}]`;
    const values = `json_extract(CASE WHEN plain AND fault IS NULL THEN document END, ${list}) AS b_values`;
    const cells = paths
      .names()
      .map((name, index) => `coalesce(b_values[${index + 1}]::VARCHAR, '') AS ${name}`);
    return [[values], cells, typed.definitions(), instants.definitions(), tests.definitions()].reduce(
      layer,
      relation,
    );
  }

  return { field, test: (sql) => (sql === TRUE || sql === FALSE ? sql : tests.name(sql)), columns };
}

/** Of all JSON only numbers start with a character from `-` to `9`. */
function numberSql(raw: Sql, others: Side): Sql {
  const number = `CASE WHEN ${raw} >= '-' AND ${raw} < ':' THEN TRY_CAST(${raw} AS DOUBLE) END`;
  return `coalesce(${number}, ${NO_NUMBER[others]})`;
}

function instantSql(text: Sql, others: Side): Sql {
  const epoch = `CASE WHEN regexp_full_match(${text}, '${USUAL_ISO}') THEN epoch_ms(TRY_CAST(${text} AS TIMESTAMP)) END`;
  return `coalesce(${epoch}, ${NO_INSTANT[others]}::BIGINT)`;
}

function layer(relation: string, definitions: readonly string[]): string {
  return definitions.length === 0 ? relation : `(SELECT *, ${definitions.join(', ')} FROM ${relation})`;
}

/** JSON pointers take any key; the `$.` paths have wildcards and their own quoting. */
function pointerOf(path: readonly PathStep[]): string {
  return path.map((step) => `/${step.kind === 'index' ? step.index : escapeKey(step.key)}`).join('');
}

function escapeKey(key: string): string {
  return key.replaceAll('~', '~0').replaceAll('/', '~1');
}

/**
 * A step by key into a list enters all its elements, which a pointer does not. Whether a list stands there shows
 * by its first element; an empty one reads as missing either way.
 */
function detourOf(path: readonly PathStep[], extracted: (pointer: string) => Sql): Sql {
  const entered = path.flatMap((step, index) =>
    index > 0 && step.kind === 'key' ? [path.slice(0, index)] : [],
  );
  return any(entered.map((container) => `${extracted(`${pointerOf(container)}/0`)} <> ''`));
}
