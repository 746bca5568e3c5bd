import type { ComparisonOperator, Field } from '../../../domain/condition/ast.ts';
import { quote } from '../rows.ts';
import { exactly, UNBOUNDED, type Bracket } from './bracket.ts';
import type { Extraction, FieldColumns, Side } from './extraction.ts';
import type { BracketOperand } from './operands.ts';
import { any, FALSE, type Sql } from './sql.ts';

export type PositiveOperator = Exclude<ComparisonOperator, '!='>;

/** Is the value, or some element of it, this one? */
export function equalTest(extraction: Extraction, left: BracketOperand, right: BracketOperand): Bracket {
  if (left.kind === 'membership') return membershipTest(extraction, left.literalOf, right);
  if (left.kind !== 'field') return UNBOUNDED;
  if (right.kind === 'instant') return instantTest(extraction, left, '==', right.at);
  if (right.kind !== 'constant') return UNBOUNDED;
  const { value } = right;
  // What a number beside a date means is the evaluator's to say.
  if (left.isDate && value !== null) return typeof value === 'number' ? UNBOUNDED : exactly(FALSE);
  const field = extraction.field(left.field.path);
  if (typeof value === 'string') return textEquality(extraction, field, value);
  if (typeof value === 'number') return numberTest(extraction, field, '==', value);
  const json = value === null ? 'null' : String(value);
  return judged(extraction, field, `${field.raw} = '${json}'`, field.isList);
}

/** DuckDB writes a text as JSON in one way only, so texts are compared as they stand in the document. */
function textEquality(extraction: Extraction, field: FieldColumns, value: string): Bracket {
  const json = quote(jsonText(value));
  const nested = `(${field.isList} AND contains(substr(${field.raw}, 2), '['))`;
  return judged(
    extraction,
    field,
    `(${field.raw} = ${json} OR list_contains(${field.elements()}, ${json}))`,
    nested,
  );
}

/** As DuckDB writes it: its escapes of control characters have capital digits, those of JavaScript small ones. */
function jsonText(text: string): string {
  return JSON.stringify(text).replace(/\\(?:u([\da-f]{4})|.)/g, (escape, digits?: string) =>
    digits === undefined ? escape : `\\u${digits.toUpperCase()}`,
  );
}

/** A test of a number; a list is left to the evaluator. */
export function numberTest(
  extraction: Extraction,
  field: FieldColumns,
  op: PositiveOperator,
  value: number,
): Bracket {
  return judged(
    extraction,
    field,
    `${field.number(otherSide(op))} ${sqlOf(op)} ${numberSql(value)}`,
    field.isList,
  );
}

/** A test of an instant; texts in unusual forms are left to the evaluator, and numbers in a date field. */
export function instantTest(
  extraction: Extraction,
  { field: { path }, isDate }: { readonly field: Field; readonly isDate: boolean },
  op: PositiveOperator,
  at: number,
): Bracket {
  const field = extraction.field(path);
  const readable = isDate ? `${field.raw} NOT IN ('', 'null', 'true', 'false')` : field.isText;
  const odd = `((${readable} AND NOT ${field.isUsualInstant()}) OR ${field.isList})`;
  const bound = Number.isInteger(at) ? String(at) : numberSql(at);
  return judged(extraction, field, `${field.instant(otherSide(op))} ${sqlOf(op)} ${bound}`, odd);
}

/** The test, and where it is not to be trusted. */
export function judged(extraction: Extraction, field: FieldColumns, matches: Sql, odd: Sql): Bracket {
  return { matches: extraction.test(matches), doubtful: extraction.test(any([field.detour, odd])) };
}

function membershipTest(
  extraction: Extraction,
  literalOf: (value: string) => Sql,
  right: BracketOperand,
): Bracket {
  if (right.kind !== 'constant') return UNBOUNDED;
  if (typeof right.value !== 'string') return exactly(FALSE);
  return exactly(extraction.test(`contains(segments, ${literalOf(right.value)})`));
}

function otherSide(op: PositiveOperator): Side {
  return op === '<' || op === '<=' ? 'above all' : 'below all';
}

function sqlOf(op: PositiveOperator): string {
  return op === '==' ? '=' : op;
}

/** DuckDB reads a bare 0.1 as a decimal; this is the double that JavaScript has. */
function numberSql(value: number): Sql {
  return `'${value}'::DOUBLE`;
}
