import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { Condition } from '../../../src/domain/condition/ast.ts';
import { compileCondition } from '../../../src/domain/condition/evaluate.ts';
import { toDateFields } from '../../../src/domain/condition/fields.ts';
import { printCondition } from '../../../src/domain/condition/print.ts';
import { arbitraryCondition, arbitraryProfile, SLOT } from './arbitraries.ts';
import { evaluateReference } from './reference.ts';

const RUNS = 3000;
const DATE_PATTERNS = ['metadata.time.*'];
const OPTIONS = { now: SLOT, dateFields: toDateFields(DATE_PATTERNS) };

function evaluate(condition: Condition, profile: unknown): { verdict: boolean; mismatches: number } {
  const tally = { mismatches: 0 };
  const verdict = compileCondition(condition, OPTIONS)({ profile }, tally);
  return { verdict, mismatches: tally.mismatches };
}

test('the evaluator agrees with the reference interpreter on every condition and profile', () => {
  let matches = 0;
  fc.assert(
    fc.property(arbitraryCondition(), arbitraryProfile(), (condition, profile) => {
      const found = evaluate(condition, profile);
      if (found.verdict) matches += 1;

      const expected = evaluateReference(condition, { profile }, { now: SLOT, datePatterns: DATE_PATTERNS });

      expect(found, printCondition(condition)).toEqual(expected);
    }),
    { numRuns: RUNS },
  );
  expect(matches).toBeGreaterThan(RUNS / 10);
});

test('De Morgan holds for every pair of conditions', () => {
  fc.assert(
    fc.property(arbitraryCondition(), arbitraryCondition(), arbitraryProfile(), (a, b, profile) => {
      const notBoth: Condition = { kind: 'not', term: { kind: 'and', terms: [a, b] } };
      const eitherNot: Condition = {
        kind: 'or',
        terms: [
          { kind: 'not', term: a },
          { kind: 'not', term: b },
        ],
      };
      const notEither: Condition = { kind: 'not', term: { kind: 'or', terms: [a, b] } };
      const bothNot: Condition = {
        kind: 'and',
        terms: [
          { kind: 'not', term: a },
          { kind: 'not', term: b },
        ],
      };

      expect(evaluate(notBoth, profile).verdict).toBe(evaluate(eitherNot, profile).verdict);
      expect(evaluate(notEither, profile).verdict).toBe(evaluate(bothNot, profile).verdict);
    }),
    { numRuns: 500 },
  );
});

test('documents of any shape at all never make a condition throw', () => {
  fc.assert(
    fc.property(
      arbitraryCondition(),
      fc.anything({ withBigInt: true, withDate: true, withMap: true, withNullPrototype: true }),
      (condition, profile) => {
        expect(typeof evaluate(condition, profile).verdict).toBe('boolean');
      },
    ),
    { numRuns: 500 },
  );
});
