import type { ComparisonOperator } from '../../../domain/condition/ast.ts';
import { parseInstant } from '../../../domain/condition/instants.ts';
import { quote } from '../rows.ts';
import { disjunction, exactly, exactUnless, negate, UNBOUNDED, type Bracket } from './bracket.ts';
import { both, FALSE } from './sql.ts';
import { doubt, equalTest, instantTest, numberSql, numberTest } from './equality.ts';
import type { Extraction } from './extraction.ts';
import type { BracketOperand } from './operands.ts';

export function compareTest(
  extraction: Extraction,
  op: ComparisonOperator,
  left: BracketOperand,
  right: BracketOperand,
): Bracket {
  const [first, second] = isReadable(left) ? [left, right] : [right, left];
  const operator = first === left ? op : mirrored(op);
  if (operator === '==') return equalAny(extraction, first, second);
  if (operator === '!=') return negate(equalAny(extraction, first, second));
  return orderedTest(extraction, operator, first, second);
}

function isReadable({ kind }: BracketOperand): boolean {
  return kind === 'field' || kind === 'membership';
}

function mirrored(op: ComparisonOperator): ComparisonOperator {
  switch (op) {
    case '<':
      return '>';
    case '<=':
      return '>=';
    case '>':
      return '<';
    case '>=':
      return '<=';
    case '==':
    case '!=':
      return op;
  }
}

/** A list on the right means: equals one of them. */
function equalAny(extraction: Extraction, left: BracketOperand, right: BracketOperand): Bracket {
  const meant = asInstant(left, right);
  if (meant.kind === 'list')
    return disjunction(meant.items.map((item) => equalTest(extraction, left, asInstant(left, item))));
  return equalTest(extraction, left, meant);
}

type Ordered = '<' | '<=' | '>' | '>=';

function orderedTest(
  extraction: Extraction,
  op: Ordered,
  left: BracketOperand,
  right: BracketOperand,
): Bracket {
  if (left.kind !== 'field') return UNBOUNDED;
  const field = extraction.field(left.field.path);
  const meant = asInstant(left, right);
  if (meant.kind === 'instant') return instantTest(extraction, left, `${op} ${meant.at}`);
  if (meant.kind !== 'constant') return UNBOUNDED;
  if (left.isDate) return exactly(FALSE);
  if (typeof meant.value === 'number')
    return numberTest(extraction, field, `${op} ${numberSql(meant.value)}`);
  if (typeof meant.value !== 'string' || meant.value.includes('\u0000')) return UNBOUNDED;
  // DuckDB orders texts by their UTF-8 bytes, which is the order of code points.
  const test = extraction.test(`${field.text()} ${op} ${quote(meant.value)}`);
  return exactUnless(test, doubt(extraction, field, field.isList));
}

export function betweenTest(
  extraction: Extraction,
  operand: BracketOperand,
  low: BracketOperand,
  high: BracketOperand,
): Bracket {
  // Of a list some one element has to lie between, which two tests of their own do not say; but a list is
  // doubtful in both of them, so the whole is.
  const above = orderedTest(extraction, '>=', operand, low);
  const below = orderedTest(extraction, '<=', operand, high);
  return { lower: both(above.lower, below.lower), upper: both(above.upper, below.upper) };
}

/** Beside a date field a text is a date; one that is none stays a text, which no date equals. */
function asInstant(left: BracketOperand, right: BracketOperand): BracketOperand {
  if (left.kind !== 'field' || !left.isDate || right.kind !== 'constant' || typeof right.value !== 'string')
    return right;
  const at = parseInstant(right.value);
  return Number.isNaN(at) ? right : { kind: 'instant', at };
}
