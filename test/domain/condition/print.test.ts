import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { Condition } from '../../../src/domain/condition/ast.ts';
import { parseCondition } from '../../../src/domain/condition/parse.ts';
import { printCondition } from '../../../src/domain/condition/print.ts';
import { arbitraryCondition } from './arbitraries.ts';

/** Without positions and the spelling of fields. */
function meaning(condition: Condition): unknown {
  return JSON.parse(
    JSON.stringify(condition, (key, value: unknown) => (key === 'at' || key === 'text' ? undefined : value)),
  );
}

test('a printed condition reads back to itself', () => {
  fc.assert(
    fc.property(arbitraryCondition(), (condition) => {
      const printed = parseCondition(printCondition(condition), { sources: ['profile'] });

      expect(meaning(printed)).toEqual(meaning(condition));
    }),
    { numRuns: 500 },
  );
});

test.each([
  ['profile@a = 1', 'profile@a == 1'],
  ['PROFILE@["a b"]["x"].0.007 =< 1e21', 'profile@["a b"].x.0.007 <= 1E+21'],
  ['profile@["0"] == true', 'profile@["0"] == TRUE'],
  [`profile@a in ['x', "it's", [1]]`, `profile@a IN ["x", "it's", 1]`],
  [
    '(profile@a exists or profile@b empty) and profile@c not starts with "\\"\\\\\\n\\t"',
    '(profile@a EXISTS OR profile@b EMPTY) AND profile@c NOT STARTS WITH "\\"\\\\\\n\\t"',
  ],
  ['not (not profile@a is not null)', 'NOT (NOT profile@a IS NOT NULL)'],
  ['profile@a > now.timezone("Asia/Kolkata")', 'profile@a > now("Asia/Kolkata")'],
])('%s prints as %s', (written, printed) => {
  expect(printCondition(parseCondition(written, { sources: ['profile'] }))).toBe(printed);
});
