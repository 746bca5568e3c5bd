import { quote } from '../rows.ts';
import { disjunction, exactly, exactUnless, UNBOUNDED, type Bracket } from './bracket.ts';
import { compareTest } from './compare-tests.ts';
import { doubt, equalTest } from './equality.ts';
import type { Extraction } from './extraction.ts';
import type { BracketOperand } from './operands.ts';
import { FALSE } from './sql.ts';

/** An element of a list, or a part of a text. */
export function containsTest(extraction: Extraction, left: BracketOperand, right: BracketOperand): Bracket {
  if (left.kind === 'membership') return equalTest(extraction, left, right);
  if (left.kind !== 'field' || left.isDate || right.kind !== 'constant') return UNBOUNDED;
  const field = extraction.field(left.field.path);
  if (typeof right.value !== 'string') {
    return exactUnless(FALSE, doubt(extraction, field, field.isList));
  }
  const element = equalTest(extraction, left, right);
  // An element equals what a whole text equals, and a whole text contains itself.
  return disjunction([element, textTest(extraction, field.text(), 'contains', right.value)]);
}

export function startsOrEndsTest(
  extraction: Extraction,
  kind: 'starts-with' | 'ends-with',
  left: BracketOperand,
  right: BracketOperand,
): Bracket {
  if (left.kind !== 'field' || left.isDate || right.kind !== 'constant') return UNBOUNDED;
  const field = extraction.field(left.field.path);
  const doubtful = doubt(extraction, field, field.isList);
  if (typeof right.value !== 'string') return exactUnless(FALSE, doubtful);
  const { lower } = textTest(
    extraction,
    field.text(),
    kind === 'starts-with' ? 'starts_with' : 'ends_with',
    right.value,
  );
  return exactUnless(lower, doubtful);
}

export function inTest(extraction: Extraction, left: BracketOperand, right: BracketOperand): Bracket {
  return compareTest(extraction, '==', left, right);
}

/** U+0000 is in no text that brackets see. */
function textTest(extraction: Extraction, text: string, test: string, part: string): Bracket {
  if (part.includes('\u0000')) return exactly(FALSE);
  return exactly(extraction.test(`${test}(${text}, ${quote(part)})`));
}
