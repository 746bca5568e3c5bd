import { holds, instantOrText, type PositiveOperator } from './comparisons.ts';
import { compareCodePoints, isPlainlyOrdered } from './code-points.ts';
import { parseInstant } from './instants.ts';
import { epochOf } from './operands.ts';
import { Instant, type Constant } from './values.ts';
import { FAILED, MISMATCH, otherwise, PASSED, verdict, type Test, type Verdict } from './verdict.ts';

/**
 * Tests of a value against a constant, one closure a kind of constant: this is where a run spends its time.
 * `instants` says that the values are instants, so that a constant text is read as one too.
 */
export function constantTest(op: PositiveOperator, constant: Constant, instants: boolean): Test {
  if (constant === null) return op === '==' ? isNull : neverComparable;
  if (instants || constant instanceof Instant) {
    return instantTest(rangeOf(op, instantOrText(constant)), instants);
  }
  if (typeof constant === 'number') return numberTest(rangeOf(op, constant));
  if (typeof constant === 'string')
    return op === '==' ? sameText(constant) : textTest(textOrder(op, constant));
  return op === '==' ? sameTruth(constant) : neverComparable;
}

export function betweenTest(low: Constant, high: Constant, instants: boolean): Test {
  if (instants || low instanceof Instant)
    return instantTest({ low: instantOrText(low), high: instantOrText(high) }, instants);
  if (typeof low === 'number' && typeof high === 'number') return numberTest({ low, high });
  if (typeof low !== 'string' || typeof high !== 'string') return neverComparable;
  const [fromLow, toHigh] = [textOrder('>=', low), textOrder('<=', high)];
  return textTest((text) => fromLow(text) && toHigh(text));
}

/** Both ends included; an end that is NaN admits nothing, as a mismatch. */
interface Range {
  readonly low: number;
  readonly high: number;
}

/** Every ordered test of numbers is a range: above 10 is from the next number on. */
export function rangeOf(op: PositiveOperator, bound: number): Range {
  switch (op) {
    case '==':
      return { low: bound, high: bound };
    case '<':
      return { low: -Infinity, high: -nextAbove(-bound) };
    case '<=':
      return { low: -Infinity, high: bound };
    case '>':
      return { low: nextAbove(bound), high: Infinity };
    case '>=':
      return { low: bound, high: Infinity };
  }
}

/** The next larger double: the bits of a positive one count up, those of a negative one down. */
function nextAbove(value: number): number {
  if (!Number.isFinite(value)) return NaN;
  if (value === 0) return Number.MIN_VALUE;
  const bits = new DataView(new ArrayBuffer(8));
  bits.setFloat64(0, value);
  bits.setBigInt64(0, bits.getBigInt64(0) + (value > 0 ? 1n : -1n));
  return bits.getFloat64(0);
}

function numberTest({ low, high }: Range): Test {
  const test: Test = (value) =>
    typeof value === 'number' ? (value >= low && value <= high ? PASSED : FAILED) : otherwise(value, test);
  return test;
}

function instantTest({ low, high }: Range, instants: boolean): Test {
  if (Number.isNaN(low) || Number.isNaN(high)) return neverComparable;
  const judge = (epochMs: number): Verdict => {
    if (epochMs >= low && epochMs <= high) return PASSED;
    return Number.isNaN(epochMs) ? MISMATCH : FAILED;
  };
  const test: Test = (value) => {
    if (typeof value === 'string') return judge(parseInstant(value));
    if (value instanceof Instant || (instants && typeof value === 'number')) return judge(epochOf(value));
    return otherwise(value, test);
  };
  return test;
}

function sameText(constant: string): Test {
  const test: Test = (value) =>
    typeof value === 'string' ? (value === constant ? PASSED : FAILED) : otherwise(value, test);
  return test;
}

function sameTruth(constant: boolean): Test {
  const test: Test = (value) =>
    typeof value === 'boolean' ? (value === constant ? PASSED : FAILED) : otherwise(value, test);
  return test;
}

function textTest(passes: (text: string) => boolean): Test {
  const test: Test = (value) => (typeof value === 'string' ? verdict(passes(value)) : otherwise(value, test));
  return test;
}

function textOrder(op: PositiveOperator, constant: string): (text: string) => boolean {
  if (!isPlainlyOrdered(constant)) return (text) => holds(op, compareCodePoints(text, constant));
  switch (op) {
    case '==':
      return (text) => text === constant;
    case '<':
      return (text) => text < constant;
    case '<=':
      return (text) => text <= constant;
    case '>':
      return (text) => text > constant;
    case '>=':
      return (text) => text >= constant;
  }
}

/**
 * Whether a value equals one of many: a single look-up instead of a test for each. Only for texts, numbers,
 * booleans and NULL beside values that are no instants.
 */
export function membershipTest(constants: ReadonlySet<unknown>): Test {
  const types = new Set([...constants].map((constant) => typeof constant));
  const takesAll = constants.has(null);
  const test: Test = (value) => {
    if (constants.has(value)) return PASSED;
    if (types.has(typeof value) && typeof value !== 'object') return FAILED;
    const found = otherwise(value, test);
    return takesAll && found === MISMATCH ? FAILED : found;
  };
  return test;
}

/** NULL can be compared with everything, so nothing but absence keeps this test from an answer. */
function isNull(value: unknown): Verdict {
  if (value === null) return PASSED;
  const found = otherwise(value, isNull);
  return found === MISMATCH ? FAILED : found;
}

/** The constant is of a type that this test cannot use: every value mismatches. */
export function neverComparable(value: unknown): Verdict {
  return otherwise(value, neverComparable);
}
