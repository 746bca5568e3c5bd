import type { PathStep } from '../../../domain/condition/ast.ts';
import { quote } from '../rows.ts';
import { any, FALSE, TRUE, type Sql } from './sql.ts';

/**
 * The columns that brackets read, each computed once per row however many conditions share it: the values of
 * all paths by one pass over the document, what they are as numbers, texts and instants, and the tests.
 */
export interface Extraction {
  field(path: readonly PathStep[]): FieldColumns;
  /** A column that is true where the expression is, and false where it is false or NULL. */
  test(expression: Sql): Sql;
  columns(relation: string): string;
}

/** One path's value. Every member but `raw` may be NULL where the value is of another type. */
export interface FieldColumns {
  /** JSON as DuckDB writes it: NULL where the key is missing, `null` where it is null. */
  readonly raw: Sql;
  /** A list stands on the way, so the path means something else here. */
  readonly detour: Sql;
  readonly isList: Sql;
  number(): Sql;
  text(): Sql;
  /** Epoch milliseconds of a text in one of the usual ISO forms. */
  instant(): Sql;
}

/**
 * Full ISO seconds with up to milliseconds, in UTC; a day alone. Other forms the evaluator may read as well, and
 * DuckDB may read differently.
 */
const USUAL_ISO =
  '[1-9][0-9]{3}-[01][0-9]-[0-3][0-9]([T ]([01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9]([.][0-9]{1,3})?Z?)?';

export function createExtraction(): Extraction {
  const paths = new Columns('b_value');
  const typed = new Columns('b_typed');
  const instants = new Columns('b_instant');
  const tests = new Columns('b_test');

  const extracted = (pointer: string): Sql => paths.name(pointer);

  function field(path: readonly PathStep[]): FieldColumns {
    const raw = extracted(pointerOf(path));
    const text = (): Sql =>
      typed.name(`CASE WHEN starts_with(${raw}, '"') THEN json_extract_string(${raw}, '$') END`);
    // Of all JSON only numbers start with a character from `-` to `9`.
    return {
      raw,
      detour: detourOf(path, extracted),
      isList: `starts_with(${raw}, '[')`,
      number: () =>
        typed.name(`CASE WHEN ${raw} >= '-' AND ${raw} < ':' THEN TRY_CAST(${raw} AS DOUBLE) END`),
      text,
      instant: () =>
        instants.name(
          `CASE WHEN regexp_full_match(${text()}, '${USUAL_ISO}') THEN epoch_ms(TRY_CAST(${text()} AS TIMESTAMP)) END`,
        ),
    };
  }

  function columns(relation: string): string {
    const pointers = paths.expressions();
    if (pointers.length === 0) return layer(relation, tests.definitions(twoValued));
    const list = `[${pointers.map(quote).join(', ')}]`;
    const values = `json_extract(CASE WHEN plain AND fault IS NULL THEN document END, ${list}) AS x`;
    const cells = paths.names().map((name, index) => `x[${index + 1}]::VARCHAR AS ${name}`);
    const layers = [
      [values],
      cells,
      typed.definitions(),
      instants.definitions(),
      tests.definitions(twoValued),
    ];
    return layers.reduce(layer, relation);
  }

  return { field, test: (sql) => (sql === TRUE || sql === FALSE ? sql : tests.name(sql)), columns };
}

function layer(relation: string, definitions: readonly string[]): string {
  return definitions.length === 0 ? relation : `(SELECT *, ${definitions.join(', ')} FROM ${relation})`;
}

function twoValued(expression: Sql): Sql {
  return `coalesce(${expression}, false)`;
}

/** Expressions by the column that computes them. */
class Columns {
  readonly #names = new Map<Sql, string>();
  readonly #prefix: string;

  constructor(prefix: string) {
    this.#prefix = prefix;
  }

  name(expression: Sql): string {
    const known = this.#names.get(expression) ?? `${this.#prefix}${this.#names.size}`;
    this.#names.set(expression, known);
    return known;
  }

  names(): readonly string[] {
    return [...this.#names.values()];
  }

  expressions(): readonly Sql[] {
    return [...this.#names.keys()];
  }

  definitions(as: (expression: Sql) => Sql = (expression) => expression): readonly string[] {
    return [...this.#names].map(([expression, name]) => `${as(expression)} AS ${name}`);
  }
}

/** JSON pointers take any key; the `$.` paths have wildcards and their own quoting. */
export function pointerOf(path: readonly PathStep[]): string {
  return path.map((step) => `/${step.kind === 'index' ? step.index : escapeKey(step.key)}`).join('');
}

function escapeKey(key: string): string {
  return key.replaceAll('~', '~0').replaceAll('/', '~1');
}

/**
 * A step by key into a list enters all its elements, which a pointer does not; a pointer's number picks from
 * a list and from an object alike. Whether a list stands there shows by its first element; an empty one
 * reads as missing either way.
 */
function detourOf(path: readonly PathStep[], extracted: (pointer: string) => Sql): Sql {
  const containers = path.flatMap((step, index) => {
    if (index === 0) return [];
    const container = pointerOf(path.slice(0, index));
    if (step.kind === 'key') return [`${extracted(`${container}/0`)} IS NOT NULL`];
    return [];
  });
  return any(containers);
}
