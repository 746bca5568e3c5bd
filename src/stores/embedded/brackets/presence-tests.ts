import { exactly, UNBOUNDED, type Bracket } from './bracket.ts';
import { judged } from './equality.ts';
import type { Extraction } from './extraction.ts';
import type { BracketOperand } from './operands.ts';
import { FALSE, TRUE } from './sql.ts';

/** `IS NULL`, and `IS NOT NULL`, which is "there and not null". */
export function nullTest(extraction: Extraction, operand: BracketOperand, negated: boolean): Bracket {
  if (operand.kind === 'membership') return exactly(negated ? TRUE : FALSE);
  if (operand.kind !== 'field') return UNBOUNDED;
  const field = extraction.field(operand.field.path);
  return judged(
    extraction,
    field,
    negated ? `${field.raw} NOT IN ('', 'null')` : `${field.raw} = 'null'`,
    FALSE,
  );
}

export function existsTest(extraction: Extraction, operand: BracketOperand): Bracket {
  if (operand.kind === 'membership') return exactly(TRUE);
  if (operand.kind !== 'field') return UNBOUNDED;
  const field = extraction.field(operand.field.path);
  return judged(extraction, field, `${field.raw} <> ''`, FALSE);
}

export function emptyTest(extraction: Extraction, operand: BracketOperand): Bracket {
  if (operand.kind === 'membership') return exactly(extraction.test(`segments = ''`));
  if (operand.kind !== 'field') return UNBOUNDED;
  const field = extraction.field(operand.field.path);
  return judged(extraction, field, `${field.raw} IN ('', 'null', '""', '[]', '{}')`, FALSE);
}
