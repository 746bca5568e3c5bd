import { expect, test } from 'vitest';
import { errorOf } from './parsed.ts';

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
  ['profile@a == "\uD83D"', '1:14', 'found half of a surrogate pair, expected both as \\uD83D\\uDE00'],
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
