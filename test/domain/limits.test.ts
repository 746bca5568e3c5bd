import { expect, test } from 'vitest';
import { brokenLimit, hasLimits } from '../../src/domain/limits.ts';

test.each([
  [{ maxShrink: 0.5 }, 1000, 500, null],
  [{ maxShrink: 0.5 }, 1000, 499, 'would shrink by 50.1% from 1000 to 499, more than maxShrink 50%'],
  [{ maxGrowth: 1 }, 1000, 2000, null],
  [{ maxGrowth: 1 }, 1000, 2001, 'would grow by 100.1% from 1000 to 2001, more than maxGrowth 100%'],
  [{ allowEmpty: false }, 10, 0, 'would be empty (10 members before) and allowEmpty is false'],
  [{ allowEmpty: false }, 10, 1, null],
  [{ maxGrowth: 0 }, 0, 5000, null],
  [{}, 10, 0, null],
])('limits %j on a change from %i to %i members: %s', (limits, before, after, broken) => {
  expect(brokenLimit(limits, before, after)).toBe(broken);
});

test('only limits that are set make a count pass', () => {
  expect(hasLimits({})).toBe(false);
  expect(hasLimits({ allowEmpty: true })).toBe(false);
  expect(hasLimits({ maxShrink: 0 })).toBe(true);
});
