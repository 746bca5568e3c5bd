import type { Field } from '../../../domain/condition/ast.ts';
import { quote } from '../rows.ts';
import { needleOf } from '../segment-text.ts';
import { exactly, exactUnless, UNBOUNDED, type Bracket } from './bracket.ts';
import type { Extraction, FieldColumns } from './extraction.ts';
import type { BracketOperand } from './operands.ts';
import { any, FALSE } from './sql.ts';

/** Is the value, or some element of it, this one? */
export function equalTest(extraction: Extraction, left: BracketOperand, right: BracketOperand): Bracket {
  if (left.kind === 'membership') return membershipTest(extraction, right);
  if (left.kind !== 'field') return UNBOUNDED;
  const field = extraction.field(left.field.path);
  if (right.kind === 'instant') return instantTest(extraction, left, `= ${right.at}`);
  if (right.kind !== 'constant') return UNBOUNDED;
  const { value } = right;
  if (left.isDate && value !== null) return exactly(FALSE);
  if (typeof value === 'string') return textEquality(extraction, field, value);
  if (typeof value === 'number') return numberTest(extraction, field, `= ${numberSql(value)}`);
  const json = value === null ? 'null' : String(value);
  return exactUnless(extraction.test(`${field.raw} = '${json}'`), doubt(extraction, field, field.isList));
}

/** JSON writes a text in one way only, so texts are compared as they stand in the document. */
function textEquality(extraction: Extraction, field: FieldColumns, value: string): Bracket {
  const json = quote(JSON.stringify(value));
  const element = `CASE WHEN ${field.isList} THEN list_contains(json_extract(${field.raw}, '$[*]')::VARCHAR[], ${json}) END`;
  return exactUnless(
    extraction.test(`(${field.raw} = ${json} OR coalesce(${element}, false))`),
    doubt(extraction, field, nestedList(field)),
  );
}

/** A list of lists: elements are compared no deeper than one level here. */
function nestedList({ raw, isList }: FieldColumns): string {
  return `(${isList} AND contains(substr(${raw}, 2), '['))`;
}

/** A test of a number; a list is left to the evaluator. */
export function numberTest(extraction: Extraction, field: FieldColumns, test: string): Bracket {
  return exactUnless(extraction.test(`${field.number()} ${test}`), doubt(extraction, field, field.isList));
}

/** A test of an instant; texts in unusual forms are left to the evaluator, and numbers in a date field. */
export function instantTest(
  extraction: Extraction,
  { field: { path }, isDate }: { readonly field: Field; readonly isDate: boolean },
  test: string,
): Bracket {
  const field = extraction.field(path);
  const at = field.instant();
  const readable = isDate
    ? `NOT ${field.raw} IN ('null', 'true', 'false')`
    : `starts_with(${field.raw}, '"')`;
  const odd = `((${at} IS NULL AND ${readable}) OR ${field.isList})`;
  return exactUnless(extraction.test(`${at} ${test}`), doubt(extraction, field, odd));
}

export function doubt(extraction: Extraction, field: FieldColumns, odd: string): string {
  return extraction.test(any([field.detour, odd]));
}

function membershipTest(extraction: Extraction, right: BracketOperand): Bracket {
  if (right.kind !== 'constant') return UNBOUNDED;
  if (typeof right.value !== 'string') return exactly(FALSE);
  return exactly(extraction.test(`contains(segments, ${quote(needleOf(right.value))})`));
}

/** DuckDB reads a bare 0.1 as a decimal; this is the double that JavaScript has. */
export function numberSql(value: number): string {
  return `'${value}'::DOUBLE`;
}
