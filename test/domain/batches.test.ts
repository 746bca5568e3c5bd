import fc from 'fast-check';
import { expect, test } from 'vitest';
import { batchCandidates, partition, spansOf } from '../../src/domain/batches.ts';

test('spans cover every batch once, in order, none larger than asked for', () => {
  fc.assert(
    fc.property(fc.nat(5000), fc.integer({ min: 1, max: 700 }), (batches, size) => {
      const spans = partition(batches, size);

      expect(
        spans.flatMap(({ from, to }) => Array.from({ length: to - from }, (_, index) => from + index)),
      ).toEqual(Array.from({ length: batches }, (_, index) => index));
      expect(spans.every(({ from, to }) => to - from <= size)).toBe(true);
    }),
  );
});

test.each([
  [[], []],
  [[7], [{ from: 7, to: 8 }]],
  [
    [0, 1, 2, 5, 6, 9],
    [
      { from: 0, to: 3 },
      { from: 5, to: 7 },
      { from: 9, to: 10 },
    ],
  ],
  [
    [2, 1, 3],
    [
      { from: 2, to: 3 },
      { from: 1, to: 2 },
      { from: 3, to: 4 },
    ],
  ],
])('batches %j are the spans %j', (batches, spans) => {
  expect(spansOf(batches)).toEqual(spans);
});

test.each([
  [0, 10_000],
  [50_000, 10_000],
  [400_000, 50_000],
  [100_000_000, 125_000],
])('%i expected candidates are cut into batches of %i', (candidates, size) => {
  expect(batchCandidates(candidates)).toBe(size);
});
