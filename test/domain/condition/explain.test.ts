import fc from 'fast-check';
import { expect, test } from 'vitest';
import { compileCondition, type Documents } from '../../../src/domain/condition/evaluate.ts';
import { explainCondition, type Explanation } from '../../../src/domain/condition/explain.ts';
import { toDateFields } from '../../../src/domain/condition/fields.ts';
import { parseCondition } from '../../../src/domain/condition/parse.ts';
import { arbitraryCondition, arbitraryProfile, SLOT } from './arbitraries.ts';

const OPTIONS = { now: SLOT, dateFields: toDateFields(['metadata.time.*']) };

function explain(text: string, profile: unknown, others: Partial<Documents> = {}): Explanation {
  const condition = parseCondition(text, { sources: ['profile', 'payload'] });
  return explainCondition(condition, { ...others, profile }, OPTIONS);
}

test('every node of the tree has its own verdict, also where the verdict above is already known', () => {
  const explanation = explain('profile@a == 1 OR NOT (profile@b > 2 AND payload@c EXISTS)', { a: 1, b: '5' });

  expect(explanation).toEqual({
    kind: 'or',
    verdict: true,
    terms: [
      {
        kind: 'test',
        verdict: true,
        left: { text: 'profile@a', state: 'value', value: 1 },
        operator: '==',
        right: [{ text: '1', state: 'value', value: 1 }],
        mismatch: false,
      },
      {
        kind: 'not',
        verdict: true,
        term: {
          kind: 'and',
          verdict: false,
          terms: [
            {
              kind: 'test',
              verdict: false,
              left: { text: 'profile@b', state: 'value', value: '5' },
              operator: '>',
              right: [{ text: '2', state: 'value', value: 2 }],
              mismatch: true,
            },
            {
              kind: 'test',
              verdict: false,
              left: { text: 'payload@c', state: 'missing', value: null },
              operator: 'EXISTS',
              right: [],
              mismatch: false,
            },
          ],
        },
      },
    ],
  });
});

const missing = { state: 'missing', value: null };
const isNull = { state: 'null', value: null };
const value = (shown: unknown) => ({ state: 'value', value: shown });

test.each([
  ['profile@a == 1', {}, missing, [value(1)], '=='],
  ['profile@a != NULL', { a: null }, isNull, [value(null)], '!='],
  [
    'profile@a NOT IN ["x", now()]',
    { a: [] },
    value([]),
    [value(['x', '2026-01-15T00:00:00.000Z'])],
    'NOT IN',
  ],
  ['profile@items.price > 5', { items: [{ price: 1 }, {}, { price: 9 }] }, value([1, 9]), [value(5)], '>'],
  ['profile@a IS NOT NULL', { a: { b: 1 } }, value({ b: 1 }), [], 'IS NOT NULL'],
  [
    'profile@metadata.time.insert BETWEEN now.offset("-1d") AND now("Asia/Kolkata")',
    { metadata: { time: { insert: '14/01/2026' } } },
    value('14/01/2026'),
    [value('2026-01-14T00:00:00.000Z'), value('2026-01-15T05:30:00.000+05:30')],
    'BETWEEN',
  ],
  [
    'datetime(profile@a) == "2026-01-01"',
    { a: ['2026-01-01', 'garbage', [null]] },
    value(['2026-01-01T00:00:00.000Z', 'unreadable', null]),
    [value('2026-01-01')],
    '==',
  ],
  ['profile@a == profile@b', { a: 1, b: null }, value(1), [isNull], '=='],
])('%s on %j shows what was compared', (text, profile, left, right, operator) => {
  expect(explain(text, profile)).toMatchObject({ kind: 'test', left, right, operator });
});

test('operands are shown as the definition writes them', () => {
  const explanation = explain('Profile@["last order"].total NOT STARTS WITH lowercase("X")', {});

  expect(explanation).toMatchObject({
    left: { text: 'Profile@["last order"].total' },
    operator: 'NOT STARTS WITH',
    right: [{ text: 'lowercase("X")', value: 'x' }],
  });
});

test('the root verdict is always the evaluator’s', () => {
  fc.assert(
    fc.property(arbitraryCondition(), arbitraryProfile(), (condition, profile) => {
      const verdict = compileCondition(condition, OPTIONS)({ profile }, { mismatches: 0 });

      expect(explainCondition(condition, { profile }, OPTIONS).verdict).toBe(verdict);
    }),
    { numRuns: 1000 },
  );
});
