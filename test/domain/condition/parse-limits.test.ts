import { expect, test } from 'vitest';
import {
  MAX_LIST_ITEMS,
  MAX_NESTING,
  MAX_PATH_STEPS,
  MAX_TESTS,
  MAX_TEXT_LENGTH,
} from '../../../src/domain/condition/limits.ts';
import { errorOf, parse } from './parsed.ts';

const list = (count: number): string =>
  `profile@a IN [${Array.from({ length: count }, () => '1').join(',')}]`;
const tests = (count: number): string => Array.from({ length: count }, () => 'profile@a == 1').join(' OR ');
const nested = (depth: number): string => `${'('.repeat(depth)}profile@a == 1${')'.repeat(depth)}`;
const steps = (count: number): string => `profile@a${'.a'.repeat(count - 1)} == 1`;
const long = (length: number): string => `profile@a == "${'x'.repeat(length - 15)}"`;

test.each([
  ['text', long(MAX_TEXT_LENGTH), long(MAX_TEXT_LENGTH + 1)],
  ['nesting', nested(MAX_NESTING), nested(MAX_NESTING + 1)],
  ['list', list(MAX_LIST_ITEMS), list(MAX_LIST_ITEMS + 1)],
  ['tests', tests(MAX_TESTS), tests(MAX_TESTS + 1)],
  ['path', steps(MAX_PATH_STEPS), steps(MAX_PATH_STEPS + 1)],
])('the limit on %s is the last that is read', (_name, last, first) => {
  expect(() => parse(last)).not.toThrow();
  expect(errorOf(first).message).toMatch(/limit of \d+$/);
});

test.each([
  ['a megabyte of text', long(1_000_000), /characters long, more than the limit/],
  ['a megabyte of list', list(500_000), /characters long, more than the limit/],
  ['nesting 10,000 deep', nested(10_000), /nested deeper than the limit/],
  ['lists 10,000 deep', `profile@a == ${'['.repeat(10_000)}`, /nested deeper than the limit/],
  ['calls 10,000 deep', `${'lowercase('.repeat(6_000)}profile@a`, /nested deeper than the limit/],
  ['unclosed brackets in paths', 'a@['.repeat(20_000), /nested deeper than the limit/],
  ['a path of blanks', `a@[${' '.repeat(60_000)}`, /^unknown source a@/],
  ['one long word', 'a'.repeat(60_000), /^found a{40}…, expected /],
  ['dashes', '-'.repeat(60_000), /^found -, expected /],
  ['backslashes', `profile@a == "${'\\'.repeat(60_000)}`, /is not closed by "/],
  ['NOT without end', 'NOT '.repeat(16_000), /^found NOT, expected /],
  ['quotes', `profile@a["${'x'.repeat(30_000)}" ]["`.repeat(2), /./],
])('%s is refused', (_name, text, message) => {
  expect(errorOf(text).message).toMatch(message);
});
