import type { ComparisonOperator } from './ast.ts';
import { compareCodePoints } from './code-points.ts';
import { epochOf } from './operands.ts';
import { Instant } from './values.ts';
import { MISMATCH, NOTHING, verdict, type Verdict } from './verdict.ts';

/** `!=` is always NOT of `==`, so a test knows the positive ones only. */
export type PositiveOperator = Exclude<ComparisonOperator, '!='>;

const MIRRORED: Readonly<Record<PositiveOperator, PositiveOperator>> = {
  '==': '==',
  '<': '>',
  '<=': '>=',
  '>': '<',
  '>=': '<=',
};

/** The operator that says the same with its sides exchanged. */
export function mirrored(op: PositiveOperator): PositiveOperator {
  return MIRRORED[op];
}

/** Whether the operator admits this order of left against right: below, above or at 0; NaN is no order. */
export function holds(op: PositiveOperator, order: number): boolean {
  switch (op) {
    case '==':
      return order === 0;
    case '<':
      return order < 0;
    case '<=':
      return order <= 0;
    case '>':
      return order > 0;
    case '>=':
      return order >= 0;
  }
}

function orderOf(a: number, b: number): number {
  if (a === b) return 0;
  return a < b ? -1 : a > b ? 1 : NaN;
}

/** Compares two single values, neither a list. Beside an instant a text is read as one. */
export function compareLeaves(op: PositiveOperator, a: unknown, b: unknown): Verdict {
  if (a === undefined || a === null || b === undefined || b === null) return NOTHING;
  if (a instanceof Instant || b instanceof Instant) return compareInstants(op, a, b);
  if (typeof a === 'number' && typeof b === 'number') return verdict(holds(op, orderOf(a, b)));
  if (typeof a === 'string' && typeof b === 'string') return verdict(holds(op, compareCodePoints(a, b)));
  if (typeof a === 'boolean' && typeof b === 'boolean' && op === '==') return verdict(a === b);
  return MISMATCH;
}

function compareInstants(op: PositiveOperator, a: unknown, b: unknown): Verdict {
  const order = orderOf(instantOrText(a), instantOrText(b));
  return Number.isNaN(order) ? MISMATCH : verdict(holds(op, order));
}

/** What a value beside an instant is read as: a number there is no instant. */
export function instantOrText(value: unknown): number {
  return typeof value === 'number' ? NaN : epochOf(value);
}
