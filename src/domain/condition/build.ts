import type { IToken } from 'chevrotain';
import type { ComparisonOperator, Condition, Literal } from './ast.ts';
import type { Written } from './calls.ts';
import { checkBetween, checkComparable, checkComparison, checkTypes, toItems } from './checks.ts';
import { ConditionError, type Span } from './condition-error.ts';
import { decodeText } from './text.ts';
import * as t from './tokens.ts';

const COMPARISONS: ReadonlyMap<string, ComparisonOperator> = new Map([
  ['==', '=='],
  ['=', '=='],
  ['!=', '!='],
  ['<', '<'],
  ['<=', '<='],
  ['=<', '<='],
  ['>', '>'],
  ['>=', '>='],
  ['=>', '>='],
]);

export function spanOf(first: IToken, last: IToken): Span {
  const start = t.positionOf(first);
  return { ...start, length: (last.endOffset ?? last.startOffset) + 1 - start.offset };
}

/** AND and OR are flat: a term of the same kind gives its own terms. */
export function joined(kind: 'and' | 'or', terms: readonly Condition[]): Condition {
  const [only] = terms;
  if (only !== undefined && terms.length === 1) return only;
  return { kind, terms: terms.flatMap((term) => (term.kind === kind ? term.terms : [term])) };
}

export function toComparison(token: IToken, left: Written, right: Written): Condition {
  const op = COMPARISONS.get(token.image) ?? '==';
  checkComparison(op, left, right);
  return { kind: 'compare', op, left: left.operand, right: right.operand, at: left.operand.at };
}

export function toBetween(left: Written, low: Written, high: Written): Condition {
  checkBetween(left, low, high);
  const { operand } = left;
  return { kind: 'between', operand, low: low.operand, high: high.operand, at: operand.at };
}

export function toWholeTest(
  kind: 'null' | 'exists' | 'empty',
  { operand }: Written,
  not: IToken | undefined,
): Condition {
  return { kind, operand, negated: not !== undefined, at: operand.at };
}

export function toTextTest(token: IToken, left: Written, right: Written, not: IToken | undefined): Condition {
  checkTypes(left, right);
  const kind =
    token.tokenType === t.Contains ? 'contains' : token.tokenType === t.Starts ? 'starts-with' : 'ends-with';
  return { kind, left: left.operand, right: right.operand, negated: not !== undefined, at: left.operand.at };
}

export function toMembership(left: Written, right: Written, not: IToken | undefined): Condition {
  checkComparable(left, right);
  return {
    kind: 'in',
    left: left.operand,
    right: right.operand,
    negated: not !== undefined,
    at: left.operand.at,
  };
}

export function toList(values: readonly Written[], span: Span): Written {
  return { operand: { kind: 'list', items: toItems(values, span), at: placeOf(span) }, span };
}

export function toLiteral(token: IToken): Written {
  const at = t.positionOf(token);
  return { operand: { kind: 'literal', value: valueOf(token), at }, span: spanOf(token, token) };
}

function placeOf({ line, column, offset }: Span): Literal['at'] {
  return { line, column, offset };
}

function valueOf(token: IToken): Literal['value'] {
  switch (token.tokenType) {
    case t.Null:
      return null;
    case t.NumberToken:
      return toNumber(token);
    case t.StringToken:
      return decodeText(token.image, t.positionOf(token));
    default:
      return token.tokenType === t.True;
  }
}

function toNumber(token: IToken): number {
  const value = Number(token.image);
  if (Number.isFinite(value)) return value;
  throw new ConditionError(
    `${token.image} is larger than any number that a document can hold`,
    spanOf(token, token),
  );
}
