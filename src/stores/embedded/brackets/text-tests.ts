import { quote } from '../rows.ts';
import { disjunction, UNBOUNDED, type Bracket } from './bracket.ts';
import { compareTest } from './compare-tests.ts';
import { equalTest, judged } from './equality.ts';
import type { Extraction, FieldColumns } from './extraction.ts';
import type { BracketOperand } from './operands.ts';
import { FALSE, type Sql } from './sql.ts';

/** DuckDB's functions, which compare bytes. */
export type PartTest = 'contains' | 'starts_with' | 'ends_with';

/** An element of a list, or a part of a text. */
export function containsTest(extraction: Extraction, left: BracketOperand, right: BracketOperand): Bracket {
  if (left.kind === 'membership') return equalTest(extraction, left, right);
  if (left.kind !== 'field' || right.kind !== 'constant') return UNBOUNDED;
  // A date field is searched as it is written, but the elements of a list of dates are compared as dates.
  if (left.isDate || typeof right.value !== 'string') return partTest(extraction, 'contains', left, right);
  const field = extraction.field(left.field.path);
  // An element equals what a whole text equals, and a whole text contains itself.
  const part = judged(extraction, field, partOf(field, 'contains', right.value), FALSE);
  return disjunction([equalTest(extraction, left, right), part]);
}

/** The first or last element of a list is left to the evaluator. */
export function partTest(
  extraction: Extraction,
  test: PartTest,
  left: BracketOperand,
  right: BracketOperand,
): Bracket {
  if (left.kind !== 'field' || right.kind !== 'constant') return UNBOUNDED;
  const field = extraction.field(left.field.path);
  const part = typeof right.value === 'string' ? partOf(field, test, right.value) : FALSE;
  return judged(extraction, field, part, field.isList);
}

export function inTest(extraction: Extraction, left: BracketOperand, right: BracketOperand): Bracket {
  return compareTest(extraction, '==', left, right);
}

/** U+0000 is in no text that brackets see. */
function partOf(field: FieldColumns, test: PartTest, part: string): Sql {
  return part.includes('\u0000') ? FALSE : `(${field.isText} AND ${test}(${field.text()}, ${quote(part)}))`;
}
