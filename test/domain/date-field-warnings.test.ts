import { expect, test } from 'vitest';
import { toDateFields } from '../../src/domain/condition/fields.ts';
import { dateFieldWarnings } from '../../src/domain/date-field-warnings.ts';
import { checkDefinitions } from '../../src/domain/definition-set.ts';

function warningsOf(condition: string): readonly string[] {
  const content = `id: a\nkind: live\ncondition: '${condition}'\n`;
  const { definitions, problems } = checkDefinitions([{ file: 'a.yaml', content }]);
  expect(problems).toEqual([]);
  return dateFieldWarnings(definitions, toDateFields(['metadata.time.*'])).map(({ message }) => message);
}

test.each([
  ['profile@metadata.time.create >= 1', 'the number 1'],
  ['profile@metadata.time.create BETWEEN 1 AND 2', 'the number 1'],
  ['profile@metadata.time.create IN ["2026-11-21", 5]', 'the number 5'],
  ['profile@metadata.time.create CONTAINS 5', 'the number 5'],
  ['profile@metadata.time.create != "yesterday"', 'the text "yesterday"'],
  ['NOT (profile@a == 1 OR profile@metadata.time.create == TRUE)', 'true'],
])('%s is told: a date never matches %s', (condition, found) => {
  expect(warningsOf(condition)).toEqual([
    expect.stringContaining(
      `profile@metadata.time.create holds dates (STRATA_DATE_FIELDS) and never matches ${found};`,
    ),
  ]);
});

test.each([
  'profile@metadata.time.create >= "2026-11-21"',
  'profile@metadata.time.create BETWEEN datetime("2026-11-01") AND now()',
  'profile@metadata.time.create == NULL',
  'profile@metadata.time.create CONTAINS "-11-"',
  'profile@metadata.time.create > profile@stats.last',
  'profile@stats.orders >= 1',
])('%s is not', (condition) => {
  expect(warningsOf(condition)).toEqual([]);
});
