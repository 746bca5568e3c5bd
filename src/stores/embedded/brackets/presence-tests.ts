import { exactly, exactUnless, UNBOUNDED, type Bracket } from './bracket.ts';
import { doubt } from './equality.ts';
import type { Extraction } from './extraction.ts';
import type { BracketOperand } from './operands.ts';
import { FALSE, TRUE } from './sql.ts';

/** `IS NULL`, and `IS NOT NULL`, which is "there and not null". */
export function nullTest(extraction: Extraction, operand: BracketOperand, negated: boolean): Bracket {
  if (operand.kind === 'membership') return exactly(negated ? TRUE : FALSE);
  if (operand.kind !== 'field') return UNBOUNDED;
  const field = extraction.field(operand.field.path);
  const test = extraction.test(`${field.raw} ${negated ? '<>' : '='} 'null'`);
  return exactUnless(test, doubt(extraction, field, FALSE));
}

export function existsTest(extraction: Extraction, operand: BracketOperand): Bracket {
  if (operand.kind === 'membership') return exactly(TRUE);
  if (operand.kind !== 'field') return UNBOUNDED;
  const field = extraction.field(operand.field.path);
  return exactUnless(extraction.test(`${field.raw} IS NOT NULL`), doubt(extraction, field, FALSE));
}

export function emptyTest(extraction: Extraction, operand: BracketOperand): Bracket {
  if (operand.kind === 'membership') return exactly(extraction.test(`segments = '[]'`));
  if (operand.kind !== 'field') return UNBOUNDED;
  const field = extraction.field(operand.field.path);
  const test = extraction.test(`(${field.raw} IS NULL OR ${field.raw} IN ('null', '""', '[]', '{}'))`);
  return exactUnless(test, doubt(extraction, field, FALSE));
}
