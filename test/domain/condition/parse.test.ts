import { expect, test } from 'vitest';
import type { Condition, PathStep, Source } from '../../../src/domain/condition/ast.ts';
import { ConditionError } from '../../../src/domain/condition/condition-error.ts';
import {
  MAX_LIST_ITEMS,
  MAX_NESTING,
  MAX_PATH_STEPS,
  MAX_TESTS,
  MAX_TEXT_LENGTH,
} from '../../../src/domain/condition/limits.ts';
import { parseCondition } from '../../../src/domain/condition/parse.ts';
import { printCondition } from '../../../src/domain/condition/print.ts';

const PROFILE: readonly Source[] = ['profile'];

function parse(text: string, sources = PROFILE): Condition {
  return parseCondition(text, { sources });
}

function errorOf(text: string, sources = PROFILE): ConditionError {
  try {
    parse(text, sources);
  } catch (error) {
    if (error instanceof ConditionError) return error;
    throw error;
  }
  throw new Error(`"${text}" was read`);
}

test.each([
  ['profile@a == 1', 'profile@a == 1'],
  ['profile@a = 1', 'profile@a == 1'],
  ['profile@a=1', 'profile@a == 1'],
  ['profile@a != 1', 'profile@a != 1'],
  ['profile@a < 1', 'profile@a < 1'],
  ['profile@a <= 1', 'profile@a <= 1'],
  ['profile@a =< 1', 'profile@a <= 1'],
  ['profile@a > 1', 'profile@a > 1'],
  ['profile@a >= 1', 'profile@a >= 1'],
  ['profile@a => 1', 'profile@a >= 1'],
  ['profile@a == profile@b', 'profile@a == profile@b'],
  ['profile@a BETWEEN 1 AND 2', 'profile@a BETWEEN 1 AND 2'],
  ['profile@a IS NULL', 'profile@a IS NULL'],
  ['profile@a IS NOT NULL', 'profile@a IS NOT NULL'],
  ['profile@a EXISTS', 'profile@a EXISTS'],
  ['profile@a NOT EXISTS', 'profile@a NOT EXISTS'],
  ['profile@a EMPTY', 'profile@a EMPTY'],
  ['profile@a NOT EMPTY', 'profile@a NOT EMPTY'],
  ['profile@a CONTAINS "x"', 'profile@a CONTAINS "x"'],
  ['profile@a NOT CONTAINS "x"', 'profile@a NOT CONTAINS "x"'],
  ['profile@a STARTS WITH "x"', 'profile@a STARTS WITH "x"'],
  ['profile@a NOT STARTS WITH "x"', 'profile@a NOT STARTS WITH "x"'],
  ['profile@a ENDS WITH "x"', 'profile@a ENDS WITH "x"'],
  ['profile@a NOT ENDS WITH "x"', 'profile@a NOT ENDS WITH "x"'],
  ['profile@a IN ["x", 1, TRUE, NULL]', 'profile@a IN ["x", 1, TRUE, NULL]'],
  ['profile@a NOT IN ["x"]', 'profile@a NOT IN ["x"]'],
  ['profile@a == ["x", ["y"]]', 'profile@a == ["x", "y"]'],
  ['profile@a\nexists\r\nAnD\tprofile@b\u00a0Not\nEmpty', 'profile@a EXISTS AND profile@b NOT EMPTY'],
  ['PROFILE@A == true', 'profile@A == TRUE'],
  ['lowercase(profile@a) == uppercase("x")', 'lowercase(profile@a) == uppercase("x")'],
  ['LowerCase(profile@a) == "x"', 'lowercase(profile@a) == "x"'],
  ['now() > profile@a', 'now() > profile@a'],
  ['profile@a > now("Europe/Berlin")', 'profile@a > now("Europe/Berlin")'],
  ['profile@a > now.timezone("Europe/Berlin")', 'profile@a > now("Europe/Berlin")'],
  ['profile@a > now.offset("-30d")', 'profile@a > now.offset("-30d")'],
  ['profile@a > now.timezone.offset("UTC", "1mo")', 'profile@a > now.timezone.offset("UTC", "1mo")'],
  ['profile@a > utcnow()', 'profile@a > utcnow()'],
  ['datetime(profile@a) > datetime("2026-11-21")', 'datetime(profile@a) > datetime("2026-11-21")'],
  ['datetime.offset(profile@a, "1d") > now()', 'datetime.offset(profile@a, "1d") > now()'],
  ['datetime.timezone(now(), "UTC") > profile@a', 'datetime.timezone(now(), "UTC") > profile@a'],
  ['datetime.from_timestamp(profile@a) > now()', 'datetime.from_timestamp(profile@a) > now()'],
  ['profile@a BETWEEN 1 AND 2 AND profile@b EXISTS', 'profile@a BETWEEN 1 AND 2 AND profile@b EXISTS'],
])('%j reads as %j', (text, printed) => {
  expect(printCondition(parse(text))).toBe(printed);
});

test('a node knows where it starts', () => {
  const condition = parse('profile@a == 1\n  AND lowercase(profile@b) == "x"');

  expect(condition).toMatchObject({
    kind: 'and',
    terms: [
      { at: { line: 1, column: 1, offset: 0 }, right: { at: { line: 1, column: 14, offset: 13 } } },
      {
        at: { line: 2, column: 7, offset: 21 },
        left: { args: [{ at: { line: 2, column: 17, offset: 31 } }] },
        right: { at: { line: 2, column: 31, offset: 45 } },
      },
    ],
  });
});

function exists(key: string): object {
  return { kind: 'exists', operand: { text: `profile@${key}` } };
}

const a = exists('a');
const b = exists('b');
const c = exists('c');

test.each([
  [
    'profile@a EXISTS OR profile@b EXISTS AND profile@c EXISTS',
    { kind: 'or', terms: [a, { kind: 'and', terms: [b, c] }] },
  ],
  [
    '(profile@a EXISTS OR profile@b EXISTS) AND profile@c EXISTS',
    { kind: 'and', terms: [{ kind: 'or', terms: [a, b] }, c] },
  ],
  ['profile@a EXISTS AND (profile@b EXISTS AND profile@c EXISTS)', { kind: 'and', terms: [a, b, c] }],
  ['(profile@a EXISTS OR profile@b EXISTS) OR profile@c EXISTS', { kind: 'or', terms: [a, b, c] }],
  ['NOT profile@a EXISTS AND profile@b EXISTS', { kind: 'and', terms: [{ kind: 'not', term: a }, b] }],
  ['NOT (profile@a EXISTS AND profile@b EXISTS)', { kind: 'not', term: { kind: 'and', terms: [a, b] } }],
  ['((profile@a EXISTS))', a],
])('%s groups as written', (text, tree) => {
  expect(parse(text)).toMatchObject(tree);
});

const key = (name: string): PathStep => ({ kind: 'key', key: name });
const index = (number: number): PathStep => ({ kind: 'index', index: number });

test.each([
  ['profile@traits.cart.0.sku', [key('traits'), key('cart'), index(0), key('sku')]],
  ['profile@traits["last order"].total', [key('traits'), key('last order'), key('total')]],
  ["profile@['it''s']['x']", null],
  ["profile@['x'].y", [key('x'), key('y')]],
  ['profile@a[ "b" ]["c.d"]["\\u00e9\\"]"]', [key('a'), key('b'), key('c.d'), key('é"]')]],
  ['profile@a["0"].007.-1', [key('a'), key('0'), key('007'), key('-1')]],
  ['profile@größe.名前._x-y', [key('größe'), key('名前'), key('_x-y')]],
  ['profile@segments.in', [key('segments'), key('in')]],
  ['profile@stats.not.and.exists.null', [key('stats'), key('not'), key('and'), key('exists'), key('null')]],
  ['profile@__proto__.constructor', [key('__proto__'), key('constructor')]],
])('the path of %s is split into its steps', (text, path) => {
  if (path === null) expect(errorOf(`${text} EXISTS`)).toBeInstanceOf(ConditionError);
  else expect(parse(`${text} EXISTS`)).toMatchObject({ operand: { path, text } });
});

test.each([
  ['"x"', 'x'],
  ["'x'", 'x'],
  ['"it\'s"', "it's"],
  ['\'say "hi"\'', 'say "hi"'],
  ['"\\"\\\\\\n\\t\\\'"', '"\\\n\t\''],
  ['"\\u00E9\\u00e9"', 'éé'],
  ['"\\uD83D\\uDE00"', '😀'],
  ['"😀"', '😀'],
  ['""', ''],
  ['"AND ( [ NULL"', 'AND ( [ NULL'],
  ['1', 1],
  ['-1.5', -1.5],
  ['+2', 2],
  ['.5', 0.5],
  ['1e3', 1000],
  ['-1.5E-2', -0.015],
  ['NULL', null],
  ['true', true],
  ['False', false],
])('the value %s is read', (text, value) => {
  expect(parse(`profile@a == ${text}`)).toMatchObject({ right: { kind: 'literal', value } });
});

test('the sources that a definition may use are those it is given', () => {
  expect(parse('Payload@a == profile@b', ['profile', 'payload'])).toMatchObject({
    left: { source: 'payload' },
  });
  for (const source of ['event', 'session', 'flow', 'memory'] as const) {
    expect(parse(`${source}@a EXISTS`, [source])).toMatchObject({ operand: { source } });
    expect(errorOf(`${source}@a EXISTS`, ['profile', 'payload']).message).toBe(
      `${source}@ is not available here (available: profile@, payload@)`,
    );
  }
});

const OPERATORS = '==, !=, <, <=, >, >=, BETWEEN, IS, NOT, EXISTS, EMPTY, CONTAINS, STARTS, ENDS or IN';
const TEST = '(, a field such as profile@stats.visits or a function such as now()';
const VALUE = 'NULL, TRUE, FALSE, a number, a "text", [ or a function such as now()';
const OPERAND = `a field such as profile@stats.visits, ${VALUE}`;
const END = 'the end of the condition';

test.each([
  ['', '1:1', `found ${END}, expected ${TEST}`],
  ['profile@a', '1:10', `found ${END}, expected ${OPERATORS}`],
  ['profile@a ==', '1:13', `found ${END}, expected ${OPERAND}`],
  ['profile@a == 1 AND', '1:19', `found ${END}, expected ${TEST}`],
  ['profile@a == 1 profile@b == 2', '1:16', `found profile@b, expected AND, OR or ${END}`],
  ['profile@a == 1 ADN profile@b == 2', '1:16', `found ADN, expected AND, OR or ${END}; did you mean AND?`],
  ['profile@a == 1 && profile@b == 2', '1:16', `found &&, expected AND, OR or ${END}; did you mean AND?`],
  ['profile@a == 1\nAND (profile@b == 2', '2:20', `found ${END}, expected ), AND or OR`],
  ['profile@a == 1)', '1:15', 'found ), which closes no ('],
  ['profile@a CONTAIN "x"', '1:11', `found CONTAIN, expected ${OPERATORS}; did you mean CONTAINS?`],
  ['profile@a CONSIST "x"', '1:11', `found CONSIST, expected ${OPERATORS}; did you mean CONTAINS?`],
  ['profile@a startswith "x"', '1:11', `found startswith, expected ${OPERATORS}; did you mean STARTS WITH?`],
  ['profile@a <> 1', '1:11', `found <>, expected ${OPERATORS}; did you mean !=?`],
  ['profile@a === 1', '1:11', `found ===, expected ${OPERATORS}; did you mean ==?`],
  [
    'profile@a NOT EXIST',
    '1:15',
    'found EXIST, expected EXISTS, EMPTY, CONTAINS, STARTS, ENDS or IN; did you mean EXISTS?',
  ],
  ['profile@a STARTS "x"', '1:18', 'found "x", expected WITH'],
  ['profile@a IS EMPTY', '1:14', 'found EMPTY, expected NULL or NOT'],
  ['profile@a IN "x"', '1:14', 'found "x", expected ['],
  ['profile@a IN ["x" "y"]', '1:19', 'found "y", expected ] or ,'],
  ['profile@a CONTAINS profile@b', '1:20', `found profile@b, expected ${VALUE}`],
  ['profile@a == == 1', '1:14', `found ==, expected ${OPERAND}`],
  ['NOT NOT profile@a EXISTS', '1:5', `found NOT, expected ${TEST}`],
  ['5 < profile@a', '1:1', `found 5, expected ${TEST}`],
  ['visits > 5', '1:1', `found visits, expected ${TEST}; did you mean profile@visits?`],
  ['profile@a == DE', '1:14', `found DE, expected ${OPERAND}; text stands in quotes: "DE"`],
  ['profile@a == “x”', '1:14', `found “, expected ${OPERAND}; text stands in straight quotes: "text"`],
  [
    'profile@a:b == 1',
    '1:10',
    `found :, expected ${OPERATORS}; a key with other characters is written ["any key"]`,
  ],
  ['profil@a == 1', '1:1', 'unknown source profil@ (available: profile@); did you mean profile@?'],
  ['profile@a[0] == 1', '1:10', 'found [0], expected .0 for an element of a list'],
  ['profile@a[x] == 1', '1:10', 'found [x], expected ["x"] for a key'],
  [
    'profile@a..b == 1',
    '1:11',
    'found "." after "profile@a.", expected a key: letters, digits, _ or -, others as ["any key"]',
  ],
  [
    'profile@ == 1',
    '1:8',
    'found nothing after "profile@", expected a key: letters, digits, _ or -, others as ["any key"]',
  ],
  ['profile@a == "x', '1:14', 'the text that starts with "x is not closed by "'],
  ['profile@a == "x\\q"', '1:16', 'found the escape \\q, expected one of \\" \\\' \\\\ \\n \\t \\uXXXX'],
  ['profile@a == "\n\\u12"', '2:1', 'found the escape \\u, expected one of \\" \\\' \\\\ \\n \\t \\uXXXX'],
  ['profile@a == "\\uD83D"', '1:14', 'found half of a surrogate pair, expected both as \\uD83D\\uDE00'],
  ['profile@a == 1e999', '1:14', '1e999 is larger than any number that a document can hold'],
])('%j is refused at %s: %s', (text, place, message) => {
  const error = errorOf(text);

  expect(error.message).toBe(message);
  expect(`${error.line}:${error.column}`).toBe(place);
});

test.each([
  ['profile@a == datetme("2026-01-01")', '1:14', 'unknown function datetme(); did you mean datetime?'],
  ['nw() > profile@a', '1:1', 'unknown function nw(); did you mean now?'],
  [
    'profile@a == frobnicate()',
    '1:14',
    /^unknown function frobnicate\(\); known functions: now, now\.offset, /,
  ],
  ['lowercase() == "x"', '1:1', 'found lowercase with 0 arguments, expected lowercase("TEXT")'],
  ['lowercase(1) == "x"', '1:11', 'expected a text or a field (as in lowercase("TEXT"))'],
  [
    'now("UTC", "1d") > profile@a',
    '1:1',
    'found now with 2 arguments, expected now() or now("Europe/Berlin")',
  ],
  [
    'profile@a > now("Europe/Berln")',
    '1:17',
    /^unknown time zone "Europe\/Berln"; did you mean "Europe\/Berlin"\?/,
  ],
  ['profile@a > now("+05:30")', '1:17', /^unknown time zone "\+05:30"/],
  ['profile@a > now(profile@zone)', '1:17', /^expected a time zone in quotes/],
  [
    'profile@a > now.offset("30 parsecs")',
    '1:24',
    /^"30 parsecs" is no offset; units are s, m \(minutes\), h, d, w, mo \(months\), y/,
  ],
  ['profile@a > now.offset(30)', '1:24', /^expected an offset in quotes/],
  ['profile@a > datetime("garbage")', '1:22', /^"garbage" is no ISO 8601 date/],
  ['profile@a > datetime("2026-02-30")', '1:22', /^"2026-02-30" is no ISO 8601 date/],
  [
    'profile@a > datetime(1795251600)',
    '1:22',
    /^found a number, expected a date .seconds since 1970 go to datetime\.from_timestamp/,
  ],
  ['profile@a > datetime.from_timestamp(1795251600000)', '1:37', /it counts seconds, not milliseconds/],
  ['profile@a > datetime.from_timestamp("x")', '1:37', /^expected seconds since 1970/],
  ['now() > "tomorrow"', '1:9', '"tomorrow" is no ISO 8601 date, and it is compared with one'],
  [
    'datetime(profile@a) IN ["2026-01-01", "x"]',
    '1:24',
    '"x" is no ISO 8601 date, and it is compared with one',
  ],
  ['now() >= 1', '1:10', 'found a number beside a date: values of different types never match'],
  ['datetime(profile@a) != TRUE', '1:24', /^found TRUE or FALSE beside a date: /],
  ['datetime(profile@a) BETWEEN 1 AND 2', '1:29', /^found a number beside a date: /],
  ['datetime(profile@a) CONTAINS 5', '1:30', /^found a number beside a date: /],
  ['lowercase(profile@a) IN ["a", 5]', '1:25', /^found a number beside a text: /],
  ['lowercase(profile@a) STARTS WITH FALSE', '1:34', /^found TRUE or FALSE beside a text: /],
  ['profile@a BETWEEN 5 AND 1', '1:19', 'the ends of BETWEEN are reversed: nothing lies between them'],
  ['profile@a BETWEEN "b" AND "a"', '1:19', /reversed/],
  ['profile@a BETWEEN "\\uD83D\\uDE00" AND "\ufb00"', '1:19', /reversed/],
  ['profile@a BETWEEN datetime("2026-02-01") AND datetime("2026-01-01")', '1:19', /reversed/],
  ['profile@a BETWEEN now() AND now.offset("-30d")', '1:19', /reversed/],
  ['profile@a BETWEEN 1 AND "5"', '1:25', 'the ends of BETWEEN are of different types: a number and a text'],
  [
    'profile@a BETWEEN now() AND "2026-01-01"',
    '1:29',
    /of different types: a date and a text; write a date as datetime/,
  ],
  [
    'profile@a BETWEEN NULL AND 1',
    '1:19',
    'found NULL as an end of BETWEEN, expected a number, a text or a date',
  ],
  ['profile@a > TRUE', '1:13', /^found TRUE or FALSE after >, expected a number, a text, a date or a field/],
  ['profile@a >= NULL', '1:14', /^found NULL after >=/],
  ['profile@a < [1, 2]', '1:13', /^found a list after </],
  ['profile@a IN []', '1:14', 'found [], which nothing equals; an empty list is tested by EMPTY'],
])('%j can only be wrong and is refused at %s', (text, place, message) => {
  const error = errorOf(text);

  if (typeof message === 'string') expect(error.message).toBe(message);
  else expect(error.message).toMatch(message);
  expect(`${error.line}:${error.column}`).toBe(place);
});

test('an error spans what it speaks of', () => {
  const { line, column, offset, length } = errorOf('profile@a == 1\n  AND profile@b == nowhere');

  expect({ line, column, offset, length }).toEqual({ line: 2, column: 20, offset: 34, length: 7 });
});

test.each([
  'profile@a BETWEEN "2026-01-01T10:00:00+10:00" AND "2026-01-01T05:00:00Z"',
  'profile@a BETWEEN "\ufb00" AND "\\uD83D\\uDE00"',
  'profile@a BETWEEN now.offset("-1mo") AND now()',
  'profile@a BETWEEN 1 AND 1',
])('%s lies between its ends and is read', (text) => {
  expect(parse(text)).toMatchObject({ kind: 'between' });
});

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

const A_SECOND = 1000;

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
])('%s is refused at once', (_name, text, message) => {
  const start = performance.now();

  expect(errorOf(text).message).toMatch(message);
  expect(performance.now() - start).toBeLessThan(A_SECOND);
});
