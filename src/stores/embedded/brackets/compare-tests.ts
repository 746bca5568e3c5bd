import type { ComparisonOperator } from '../../../domain/condition/ast.ts';
import { mirrored } from '../../../domain/condition/comparisons.ts';
import { parseInstant } from '../../../domain/condition/instants.ts';
import { quote } from '../rows.ts';
import { conjunction, disjunction, exactly, negate, UNBOUNDED, type Bracket } from './bracket.ts';
import { equalTest, instantTest, judged, numberTest, type PositiveOperator } from './equality.ts';
import type { Extraction } from './extraction.ts';
import type { BracketOperand } from './operands.ts';
import { FALSE } from './sql.ts';

export function compareTest(
  extraction: Extraction,
  op: ComparisonOperator,
  left: BracketOperand,
  right: BracketOperand,
): Bracket {
  if (op === '!=') return negate(compareTest(extraction, '==', left, right));
  const swap = !isReadable(left) && isReadable(right);
  const [first, second, operator] = swap ? [right, left, mirrored(op)] : [left, right, op];
  return operator === '=='
    ? equalAny(extraction, first, second)
    : orderedTest(extraction, operator, first, second);
}

function isReadable({ kind }: BracketOperand): boolean {
  return kind === 'field' || kind === 'membership';
}

/** A list on the right means: equals one of them. */
function equalAny(extraction: Extraction, left: BracketOperand, right: BracketOperand): Bracket {
  const items = right.kind === 'list' ? right.items : [right];
  return disjunction(items.map((item) => equalTest(extraction, left, asInstant(left, item))));
}

function orderedTest(
  extraction: Extraction,
  op: Exclude<PositiveOperator, '=='>,
  left: BracketOperand,
  right: BracketOperand,
): Bracket {
  if (left.kind !== 'field') return UNBOUNDED;
  const meant = asInstant(left, right);
  if (meant.kind === 'instant') return instantTest(extraction, left, op, meant.at);
  if (meant.kind !== 'constant') return UNBOUNDED;
  // What a number beside a date means is the evaluator's to say.
  if (left.isDate) return typeof meant.value === 'number' ? UNBOUNDED : exactly(FALSE);
  const field = extraction.field(left.field.path);
  if (typeof meant.value === 'number') return numberTest(extraction, field, op, meant.value);
  if (typeof meant.value !== 'string' || meant.value.includes('\u0000')) return UNBOUNDED;
  // DuckDB orders texts by their UTF-8 bytes, which is the order of code points.
  const test = `(${field.isText} AND ${field.text()} ${op} ${quote(meant.value)})`;
  return judged(extraction, field, test, field.isList);
}

/**
 * Of a list some one element has to lie between, which two tests of their own do not say; but a list is doubtful
 * in both of them, so the whole is.
 */
export function betweenTest(
  extraction: Extraction,
  operand: BracketOperand,
  low: BracketOperand,
  high: BracketOperand,
): Bracket {
  return conjunction([
    orderedTest(extraction, '>=', operand, low),
    orderedTest(extraction, '<=', operand, high),
  ]);
}

/** Beside a date field a text is a date; one that is none stays a text, which no date equals. */
function asInstant(left: BracketOperand, right: BracketOperand): BracketOperand {
  if (left.kind !== 'field' || !left.isDate || right.kind !== 'constant') return right;
  const at = typeof right.value === 'string' ? parseInstant(right.value) : NaN;
  return Number.isNaN(at) ? right : { kind: 'instant', at };
}
