import type { ComparisonOperator } from '../../../domain/condition/ast.ts';
import { mirrored, instantOrText, type PositiveOperator } from '../../../domain/condition/comparisons.ts';
import { rangeOf } from '../../../domain/condition/constant-tests.ts';
import { Instant, type Constant } from '../../../domain/condition/values.ts';
import { conjunction, disjunction, EVERYTHING, negate, NOTHING, unbounded, type Bounds } from './bounds.ts';
import { someValue } from './field-bounds.ts';
import type { BracketContext, BracketOperand, FieldOperand } from './operands.ts';
import type { TextEnds, TextTest, Wanted } from './wanted.ts';

export const NULLS = 'the index does not tell null from missing, nor where a list has null in it';

export function comparison(
  context: BracketContext,
  op: ComparisonOperator,
  left: BracketOperand,
  right: BracketOperand,
): Bounds {
  if (op === '!=') return negate(comparison(context, '==', left, right));
  if (right.kind === 'list') return anyOf(context, op, left, right.items);
  if (left.kind === 'constant' && right.kind === 'constant') return hasValues(context, []);
  if (left.kind === 'constant') return comparison(context, mirrored(op), right, left);
  return right.kind === 'constant'
    ? againstConstant(context, op, left, right.value)
    : hasValues(context, [left, right]);
}

/** Of a longer list of others than texts the index is not asked which, only for a value. */
const LONGEST_LIST = 256;

/** Texts are asked for all at once, other values one by one while they are few. */
function anyOf(
  context: BracketContext,
  op: ComparisonOperator,
  left: BracketOperand,
  items: readonly BracketOperand[],
): Bounds {
  const texts = items.flatMap((item) =>
    item.kind === 'constant' && typeof item.value === 'string' ? [item.value] : [],
  );
  const asks = left.kind === 'field' && left.values === 'plain' && op === '==' && texts.length > 1;
  if (!asks) return eachOf(context, op, left, items);
  const others = items.filter((item) => item.kind !== 'constant' || typeof item.value !== 'string');
  const someText: Wanted = { kind: 'text', test: { kind: 'equals', texts } };
  return disjunction([wantedValues(context, left, [someText]), eachOf(context, op, left, others)]);
}

function eachOf(
  context: BracketContext,
  op: ComparisonOperator,
  left: BracketOperand,
  items: readonly BracketOperand[],
): Bounds {
  if (items.length <= LONGEST_LIST)
    return disjunction(items.map((item) => comparison(context, op, left, item)));
  const hasNull = items.some((item) => item.kind === 'constant' && item.value === null);
  return hasNull ? unbounded(NULLS) : hasValues(context, [left]);
}

function againstConstant(
  context: BracketContext,
  op: PositiveOperator,
  operand: BracketOperand,
  constant: Constant,
): Bounds {
  if (operand.kind !== 'field') return hasValues(context, [operand]);
  if (constant === null) return op === '==' ? unbounded(NULLS) : NOTHING;
  return wantedValues(context, operand, wantedBy(op, constant, operand));
}

export function between(
  context: BracketContext,
  operand: BracketOperand,
  low: BracketOperand,
  high: BracketOperand,
): Bounds {
  if (operand.kind !== 'field' || low.kind !== 'constant' || high.kind !== 'constant')
    return hasValues(context, [operand, low, high]);
  return wantedValues(context, operand, wantedBetween(low.value, high.value, operand));
}

/** Bounds of a test that passes for some value of the field. */
export function wantedValues(
  { fields: { plainDocuments } }: BracketContext,
  { found, values, isMembership }: FieldOperand,
  wanted: readonly Wanted[],
): Bounds {
  return someValue(
    found,
    values === 'computed' ? [{ kind: 'value' }] : wanted,
    plainDocuments || isMembership,
  );
}

/** Nothing but that each operand has a value: what is compared has to be there. */
export function hasValues(context: BracketContext, operands: readonly BracketOperand[]): Bounds {
  const { plainDocuments } = context.fields;
  const bounds = operands.map((operand): Bounds => {
    switch (operand.kind) {
      case 'constant':
        return EVERYTHING;
      case 'foreign':
        return unbounded('it reads a document that the index does not hold');
      case 'list':
        return disjunction(operand.items.map((item) => hasValues(context, [item])));
      case 'field':
        return someValue(operand.found, [{ kind: 'value' }], plainDocuments);
    }
  });
  return conjunction([...bounds, unbounded('only the evaluator computes it')]);
}

/** As the evaluator's `constantTest`: which values of the field pass beside the constant. */
function wantedBy(
  op: PositiveOperator,
  constant: Exclude<Constant, null>,
  { values }: Pick<FieldOperand, 'values'>,
): readonly Wanted[] {
  const isInstant = values === 'dated' || values === 'instants';
  if (isInstant || constant instanceof Instant) {
    const { low, high } = rangeOf(op, instantOrText(constant));
    return instants(low, high, isInstant);
  }
  if (typeof constant === 'number') return [{ kind: 'number', ...rangeOf(op, constant) }];
  if (typeof constant === 'string')
    return [{ kind: 'text', test: op === '==' ? equalTo(constant) : ordered(op, constant) }];
  return op === '==' ? [{ kind: 'boolean', value: constant }] : [];
}

function equalTo(text: string): TextTest {
  return { kind: 'equals', texts: [text] };
}

function ordered(op: Exclude<PositiveOperator, '=='>, text: string): TextTest {
  return { kind: 'order', ends: endsOf(op, text) };
}

function endsOf(op: Exclude<PositiveOperator, '=='>, text: string): TextEnds {
  switch (op) {
    case '<':
      return { lt: text };
    case '<=':
      return { lte: text };
    case '>':
      return { gt: text };
    case '>=':
      return { gte: text };
  }
}

/** As the evaluator's `betweenTest`. */
function wantedBetween(low: Constant, high: Constant, { values }: FieldOperand): readonly Wanted[] {
  const isInstant = values === 'dated' || values === 'instants';
  if (isInstant || low instanceof Instant) {
    return instants(instantOrText(low), instantOrText(high), isInstant);
  }
  if (typeof low === 'number' && typeof high === 'number') return [{ kind: 'number', low, high }];
  if (typeof low !== 'string' || typeof high !== 'string') return [];
  return [{ kind: 'text', test: { kind: 'order', ends: { gte: low, lte: high } } }];
}

/** Numbers beyond it are no dates to the evaluator (the range of JavaScript's). */
const LAST_EPOCH_MS = 8.64e15;

function instants(low: number, high: number, numbers: boolean): readonly Wanted[] {
  if (Number.isNaN(low) || Number.isNaN(high)) return [];
  const [from, to] = [Math.max(low, -LAST_EPOCH_MS), Math.min(high, LAST_EPOCH_MS)];
  return [{ kind: 'instant', low: from, high: to, numbers }];
}
