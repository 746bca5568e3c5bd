import { expect, test } from 'vitest';
import type { Condition, Field } from '../../../src/domain/condition/ast.ts';
import { fieldsOf, isDateField, readsSegments, toDateFields } from '../../../src/domain/condition/fields.ts';
import { parseCondition } from '../../../src/domain/condition/parse.ts';

function parse(text: string): Condition {
  return parseCondition(text, { sources: ['profile', 'payload'] });
}

function field(text: string): Field {
  const [only] = fieldsOf(parse(`${text} EXISTS`));
  if (only === undefined) throw new Error(`no field in ${text}`);
  return only;
}

test.each([
  ['metadata.time.*', 'profile@metadata.time.insert', true],
  ['metadata.time.*', 'profile@metadata.time.visit.last', true],
  ['metadata.time.*', 'profile@metadata.time.visits.0', true],
  ['metadata.time.*', 'profile@metadata["time"]["any key"]', true],
  ['metadata.time.*', 'profile@metadata.time', false],
  ['metadata.time.*', 'profile@metadata.time.0', false],
  ['metadata.time.*', 'profile@metadata.timer.insert', false],
  ['metadata.time.*', 'profile@["metadata.time.insert"]', false],
  ['metadata.time.*', 'profile@a.metadata.time.insert', false],
  ['metadata.time.*', 'payload@metadata.time.insert', false],
  ['born', 'profile@born', true],
  ['born', 'profile@born.at', false],
  ['orders.date', 'profile@orders.0.date', true],
  ['*_at', 'profile@created_at', true],
  ['*_at', 'profile@created_at.x', false],
  ['traits.*.at', 'profile@traits.order.at', true],
  ['traits.*.at', 'profile@traits.order.last.at', false],
  ['a+b.(*', 'profile@["aab"]["("]', false],
  ['a+b.(*)', 'profile@["a+b"]["(x)"]', true],
])('with the pattern %s, %s is a date field: %s', (pattern, text, expected) => {
  expect(isDateField(field(text), toDateFields(['other', pattern]))).toBe(expected);
});

test('no pattern makes no date field', () => {
  expect(isDateField(field('profile@metadata.time.insert'), toDateFields([]))).toBe(false);
});

test('every field of a condition is found, in functions, lists and both sides', () => {
  const condition = parse(
    'profile@a == payload@b AND NOT (lowercase(profile@c) IN [uppercase(profile@d), "x"] OR profile@e BETWEEN datetime(profile@f) AND now())' +
      ' AND profile@g IS NULL AND profile@h EMPTY AND profile@i NOT EXISTS AND profile@j CONTAINS "x"',
  );

  expect(
    fieldsOf(condition)
      .map(({ text }) => text.split('@')[1])
      .join(''),
  ).toBe('abcdefghij');
});

test.each([
  ['profile@segments CONTAINS "gold"', true],
  ['profile@a == 1 OR NOT profile@segments.0 == "gold"', true],
  ['profile@a == profile@segments', true],
  ['profile@traits.segments CONTAINS "gold"', false],
  ['payload@segments CONTAINS "gold"', false],
])('%s reads the membership: %s', (text, expected) => {
  expect(readsSegments(parse(text), 'segments')).toBe(expected);
});
