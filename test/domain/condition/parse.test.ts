import { expect, test } from 'vitest';
import type { PathStep } from '../../../src/domain/condition/ast.ts';
import { ConditionError } from '../../../src/domain/condition/condition-error.ts';
import { printCondition } from '../../../src/domain/condition/print.ts';
import { errorOf, parse } from './parsed.ts';

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

test.each([
  'profile@a BETWEEN "2026-01-01T10:00:00+10:00" AND "2026-01-01T05:00:00Z"',
  'profile@a BETWEEN "\ufb00" AND "\\uD83D\\uDE00"',
  'profile@a BETWEEN now.offset("-1mo") AND now()',
  'profile@a BETWEEN 1 AND 1',
])('%s lies between its ends and is read', (text) => {
  expect(parse(text)).toMatchObject({ kind: 'between' });
});
