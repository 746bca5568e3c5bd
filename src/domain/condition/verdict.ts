import { leavesOf, Reached } from './values.ts';

/**
 * What a positive test finds, weakest first, so that "some value passes" is the highest of them. A list with one
 * comparable value is no mismatch, whatever else it holds.
 */
export type Verdict = typeof NOTHING | typeof MISMATCH | typeof FAILED | typeof PASSED;

/** Missing, null or an empty list: there is nothing to compare. */
export const NOTHING = 0;
/** Values of different types: false, and counted. */
export const MISMATCH = 1;
export const FAILED = 2;
export const PASSED = 3;

/** A positive test of a value that a path reached. */
export type Test = (value: unknown) => Verdict;

export function verdict(passed: boolean): Verdict {
  return passed ? PASSED : FAILED;
}

export function stronger(a: Verdict, b: Verdict): Verdict {
  return a > b ? a : b;
}

export function weaker(a: Verdict, b: Verdict): Verdict {
  return a < b ? a : b;
}

/** The verdict on a value that is not of the type a test looks for: lists are tested by their elements. */
export function otherwise(value: unknown, leaf: Test): Verdict {
  if (value === undefined || value === null || typeof value === 'function') return NOTHING;
  if (Array.isArray(value) || value instanceof Reached) return strongest(leavesOf(value), leaf);
  return MISMATCH;
}

export function strongest(values: readonly unknown[], test: Test): Verdict {
  let found: Verdict = NOTHING;
  for (const value of values) {
    found = stronger(found, test(value));
    if (found === PASSED) return found;
  }
  return found;
}
