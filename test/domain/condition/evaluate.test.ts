import { describe, expect, test } from 'vitest';
import { compileCondition, type Documents } from '../../../src/domain/condition/evaluate.ts';
import { toDateFields } from '../../../src/domain/condition/fields.ts';
import { parseCondition } from '../../../src/domain/condition/parse.ts';

const SLOT = Date.parse('2026-03-31T12:00:00Z');
const OPTIONS = { now: SLOT, dateFields: toDateFields(['metadata.time.*', 'born']) };
const SOURCES = ['profile', 'payload', 'event', 'session', 'flow', 'memory'] as const;

function evaluate(text: string, documents: Documents): { verdict: boolean; mismatches: number } {
  const tally = { mismatches: 0 };
  const verdict = compileCondition(parseCondition(text, { sources: SOURCES }), OPTIONS)(documents, tally);
  return { verdict, mismatches: tally.mismatches };
}

function matches(text: string, profile: unknown): boolean {
  return evaluate(text, { profile }).verdict;
}

const MISSING = {};
const NULL = { a: null };
const a = (value: unknown) => ({ a: value });

describe('rule 1: missing, null and empty', () => {
  test.each([
    ['profile@a EXISTS', MISSING, false],
    ['profile@a EXISTS', NULL, true],
    ['profile@a EXISTS', a(0), true],
    ['profile@a EXISTS', a(''), true],
    ['profile@a EXISTS', a([]), true],
    ['profile@a NOT EXISTS', MISSING, true],
    ['profile@a NOT EXISTS', NULL, false],
    ['profile@a IS NULL', MISSING, false],
    ['profile@a IS NULL', NULL, true],
    ['profile@a IS NULL', a(0), false],
    ['profile@a IS NULL', a([null]), false],
    ['profile@a IS NOT NULL', MISSING, false],
    ['profile@a IS NOT NULL', NULL, false],
    ['profile@a IS NOT NULL', a(0), true],
    ['profile@a IS NOT NULL', a([null]), true],
    ['NOT profile@a IS NULL', MISSING, true],
    ['profile@a EMPTY', MISSING, true],
    ['profile@a EMPTY', NULL, true],
    ['profile@a EMPTY', a(''), true],
    ['profile@a EMPTY', a([]), true],
    ['profile@a EMPTY', a({}), true],
    ['profile@a EMPTY', a(0), false],
    ['profile@a EMPTY', a(false), false],
    ['profile@a EMPTY', a(' '), false],
    ['profile@a EMPTY', a([null]), false],
    ['profile@a EMPTY', a({ b: null }), false],
    ['profile@a NOT EMPTY', MISSING, false],
    ['profile@a NOT EMPTY', a(0), true],
    ['lowercase(profile@a) EXISTS', MISSING, false],
    ['lowercase(profile@a) IS NULL', NULL, true],
    ['datetime(profile@a) EMPTY', a(''), true],
    ['now() EXISTS', MISSING, true],
    ['now() EMPTY', MISSING, false],
    ['lowercase("") EMPTY', MISSING, true],
  ])('%s on %j is %s', (text, profile, expected) => {
    expect(matches(text, profile)).toBe(expected);
  });
});

const POSITIVE = [
  '== 1',
  '== "x"',
  '== TRUE',
  '== [1, "x"]',
  '< 1',
  '<= 1',
  '> 1',
  '>= 1',
  '< "x"',
  '> now()',
  '== profile@other',
  'BETWEEN 0 AND 9',
  'CONTAINS "x"',
  'CONTAINS ["x"]',
  'STARTS WITH "x"',
  'ENDS WITH "x"',
  'IN [1, "x"]',
  '== lowercase(profile@other)',
];

describe('rule 2: two values, no third', () => {
  test.each(POSITIVE)(
    'profile@a %s is false on missing, null and an empty list, without a mismatch',
    (rest) => {
      for (const profile of [MISSING, NULL, a([]), a([null])]) {
        const found = evaluate(`profile@a ${rest}`, { profile: { ...profile, other: null } });

        expect(found).toEqual({ verdict: false, mismatches: 0 });
      }
    },
  );

  test.each([
    ['profile@a == NULL', NULL, true],
    ['profile@a == NULL', MISSING, false],
    ['profile@a == NULL', a(0), false],
    ['profile@a == NULL', a([1, null]), true],
    ['profile@a != NULL', NULL, false],
    ['profile@a != NULL', MISSING, true],
    ['profile@a != NULL', a(0), true],
    ['profile@a IN [1, NULL]', NULL, true],
    ['profile@a NOT IN [1, NULL]', MISSING, true],
    ['profile@a CONTAINS NULL', a([null]), true],
    ['profile@a == profile@b', { a: null, b: null }, false],
  ])('%s on %j is %s', (text, profile, expected) => {
    expect(matches(text, profile)).toBe(expected);
  });

  const PROFILES = [MISSING, NULL, a('x'), a('y'), a(1), a(['x', 1]), a([]), a({}), a(true)];

  test.each([
    ['!= "x"', '== "x"'],
    ['NOT CONTAINS "x"', 'CONTAINS "x"'],
    ['NOT STARTS WITH "x"', 'STARTS WITH "x"'],
    ['NOT ENDS WITH "x"', 'ENDS WITH "x"'],
    ['NOT IN ["x", 1]', 'IN ["x", 1]'],
    ['NOT EXISTS', 'EXISTS'],
    ['NOT EMPTY', 'EMPTY'],
  ])('%s is exactly NOT of %s', (negated, positive) => {
    for (const profile of PROFILES) {
      expect(matches(`profile@a ${negated}`, profile)).toBe(!matches(`profile@a ${positive}`, profile));
      expect(matches(`NOT profile@a ${negated}`, profile)).toBe(matches(`profile@a ${positive}`, profile));
    }
  });

  test.each([
    ['profile@a == 1 AND profile@b == 1', { a: 1, b: 1 }, true],
    ['profile@a == 1 AND profile@b == 1', { a: 1 }, false],
    ['profile@a == 1 OR profile@b == 1', { b: 1 }, true],
    ['profile@a == 1 OR profile@b == 1', {}, false],
    ['profile@a == 1 OR profile@b == 1 AND profile@c == 1', { a: 1 }, true],
    ['(profile@a == 1 OR profile@b == 1) AND profile@c == 1', { a: 1 }, false],
    ['NOT (profile@a == 1 AND profile@b == 1)', { a: 1 }, true],
    ['NOT profile@a == 1', {}, true],
  ])('%s on %j is %s', (text, profile, expected) => {
    expect(matches(text, profile)).toBe(expected);
  });

  test('AND and OR stop as soon as the verdict is known', () => {
    expect(evaluate('profile@a == 1 AND profile@b > 1', { profile: { a: 2, b: 'x' } }).mismatches).toBe(0);
    expect(evaluate('profile@a == 2 OR profile@b > 1', { profile: { a: 2, b: 'x' } }).mismatches).toBe(0);
    expect(evaluate('profile@b > 1 OR profile@a == 2', { profile: { a: 2, b: 'x' } })).toEqual({
      verdict: true,
      mismatches: 1,
    });
  });
});

describe('rule 3: no coercion, and mismatches are counted', () => {
  test.each([
    ['profile@a == 1', a('1'), 1],
    ['profile@a == 1', a(true), 1],
    ['profile@a == TRUE', a(1), 1],
    ['profile@a == TRUE', a('true'), 1],
    ['profile@a == "1"', a(1), 1],
    ['profile@a == 0', a(''), 1],
    ['profile@a == "[object Object]"', a({}), 1],
    ['profile@a > 1', a('5'), 1],
    ['profile@a < "b"', a(1), 1],
    ['profile@a BETWEEN 1 AND 9', a('5'), 1],
    ['profile@a IN [1, 2]', a('1'), 1],
    ['profile@a IN [1, "x"]', a('1'), 0],
    ['profile@a == now()', a(SLOT), 1],
    ['profile@born == 1774958400000', { born: '2026-03-31T12:00:00Z' }, 1],
    ['profile@a == profile@b', { a: 1, b: '1' }, 1],
    ['profile@a < profile@b', { a: false, b: true }, 1],
    ['profile@a == profile@b', { a: { x: 1 }, b: { x: 1 } }, 1],
    ['profile@a CONTAINS "x"', a(5), 1],
    ['profile@a CONTAINS "x"', a(true), 1],
    ['profile@a CONTAINS "x"', a({ x: 1 }), 1],
    ['profile@a CONTAINS 1', a('1'), 1],
    ['profile@a STARTS WITH 1', a('1'), 1],
    ['lowercase(profile@a) == "1"', a(1), 1],
    ['datetime(profile@a) > now()', a('soon'), 1],
    ['datetime.from_timestamp(profile@a) > now()', a('1'), 1],
    ['now() == profile@a', a(1), 1],
    ['profile@a == 1', a(2), 0],
    ['profile@a == 1', a(['x', 2]), 0],
    ['profile@a == 1', a(['x', 'y']), 1],
    ['profile@a == 1', a(['x', null]), 1],
  ])('%s on %j is false, with %i mismatch', (text, profile, mismatches) => {
    expect(evaluate(text, { profile })).toEqual({ verdict: false, mismatches });
  });

  test('a negated test counts its mismatch too', () => {
    expect(evaluate('profile@a != 1', { profile: a('1') })).toEqual({ verdict: true, mismatches: 1 });
  });

  test('a test that passes is no mismatch, whatever else the list holds', () => {
    expect(evaluate('profile@a == 1', { profile: a(['x', 1]) })).toEqual({ verdict: true, mismatches: 0 });
  });
});

describe('rule 4: order', () => {
  test.each([
    ['profile@a > 10', a(10), false],
    ['profile@a > 10', a(10.000000000000002), true],
    ['profile@a >= 10', a(10), true],
    ['profile@a < 10', a(10), false],
    ['profile@a < 10', a(9.999999999999998), true],
    ['profile@a <= 10', a(10), true],
    ['profile@a > -1', a(0), true],
    ['profile@a > 0', a(-0), false],
    ['profile@a > 0', a(5e-324), true],
    ['profile@a < 0', a(-5e-324), true],
    ['profile@a == 0', a(-0), true],
    ['profile@a > 9', a(10), true],
    ['profile@a == 1', a(NaN), false],
    ['profile@a != 1', a(NaN), true],
    ['profile@a < 1', a(NaN), false],
    ['profile@a >= 1', a(NaN), false],
    ['profile@a == profile@a', a(NaN), false],
    ['profile@a IN [1, 2]', a(NaN), false],
    ['profile@a > 1', a(Infinity), true],
    ['profile@a > "9"', a('10'), false],
    ['profile@a < "b"', a('a'), true],
    ['profile@a < "a"', a('A'), true],
    ['profile@a <= "a"', a('a'), true],
    ['profile@a > "a"', a('ab'), true],
    ['profile@a > ""', a('a'), true],
    ['profile@a >= "\ufb00"', a('😀'), true],
    ['profile@a < "😀"', a('\ufb00'), true],
    ['profile@a < "😁"', a('😀'), true],
    ['profile@a > profile@b', { a: '😀', b: '\ufb00' }, true],
    ['profile@a > profile@b', { a: '\ud83d', b: '\uffff' }, false],
    ['profile@a < profile@b', { a: '\udfff', b: '😀' }, true],
    ['profile@a > profile@b', { a: 'x😀', b: 'x\ud83d\uffff' }, true],
    ['profile@a BETWEEN 1 AND 3', a(1), true],
    ['profile@a BETWEEN 1 AND 3', a(3), true],
    ['profile@a BETWEEN 1 AND 3', a(3.1), false],
    ['profile@a BETWEEN "a" AND "c"', a('c'), true],
    ['profile@a BETWEEN "a" AND "c"', a('ca'), false],
    ['profile@born BETWEEN "2026-01-01" AND "2026-01-31"', { born: '2026-01-31T00:00:00Z' }, true],
    ['profile@a BETWEEN now.offset("-1d") AND now()', a('2026-03-31'), true],
    ['profile@a BETWEEN datetime(profile@b) AND now()', { a: '2026-03-31', b: '2026-03-30' }, true],
    ['profile@a BETWEEN datetime(profile@b) AND now()', { a: '2026-03-29', b: '2026-03-30' }, false],
  ])('%s on %j is %s', (text, profile, expected) => {
    expect(matches(text, profile)).toBe(expected);
  });
});

describe('rule 5 and 6: instants', () => {
  test.each([
    ['profile@born == "2026-01-01"', { born: '2026-01-01T00:00:00.000Z' }, true],
    ['profile@born == "2026-01-01T05:30:00+05:30"', { born: '2026-01-01' }, true],
    ['profile@born == "2026-01-01 00:00:00"', { born: '2026-01-01' }, true],
    ['profile@born == "2026-01-01"', { born: 1767225600000 }, true],
    ['profile@born > "2026-01-01"', { born: 1767225600000.5 }, true],
    ['profile@born > "2026-01-01"', { born: '01/02/2026' }, false],
    ['profile@born > "yesterday"', { born: '2026-01-02' }, false],
    ['profile@born IN ["2026-01-01", "2026-01-02"]', { born: '2026-01-02T00:00:00Z' }, true],
    ['profile@born == NULL', { born: null }, true],
    ['profile@metadata.time.visits.0 < now()', { metadata: { time: { visits: ['2026-01-01'] } } }, true],
    [
      'profile@metadata.time.visits < now()',
      { metadata: { time: { visits: ['2027-01-01', '2026-01-01'] } } },
      true,
    ],
    ['profile@born == profile@a', { born: '2026-01-01', a: '2026-01-01T00:00:00Z' }, true],
    [
      'profile@born == profile@metadata.time.insert',
      { born: '2026-01-01', metadata: { time: { insert: 1767225600000 } } },
      true,
    ],
    ['profile@a == profile@b', { a: '2026-01-01', b: '2026-01-01T00:00:00Z' }, false],
    ['profile@a == "2026-01-01"', a('2026-01-01T00:00:00Z'), false],
    ['profile@a < "2026-01-01 00:00:00"', a('2026-01-01T00:00:00Z'), false],
    ['profile@a == datetime("2026-01-01")', a('2026-01-01T00:00:00Z'), true],
    ['datetime(profile@a) == "2026-01-01"', a('2026-01-01T00:00:00Z'), true],
    ['datetime(profile@a) == "2026-01-01"', a(1767225600000), true],
    ['profile@a > now()', a('2026-03-31T12:00:00.001'), true],
    ['profile@a == now()', a('2026-03-31T12:00'), true],
    ['profile@a == utcnow()', a('2026-03-31T12:00Z'), true],
    ['profile@a == now("Asia/Kolkata")', a('2026-03-31T12:00Z'), true],
    ['now() >= profile@a', a('2026-03-31T12:00Z'), true],
    ['now() < profile@a', a('2026-03-31T12:00Z'), false],
    ['profile@a == now.offset("-30d")', a('2026-03-01T12:00Z'), true],
    ['profile@a == now.offset("-1mo")', a('2026-02-28T12:00Z'), true],
    ['profile@a == now.timezone.offset("Europe/Berlin", "-1mo")', a('2026-02-28T13:00Z'), true],
    ['profile@a == now.timezone.offset("Europe/Berlin", "-3d")', a('2026-03-28T12:00Z'), true],
    ['datetime.offset(profile@a, "1y") == "2025-02-28"', a('2024-02-29'), true],
    [
      'datetime.offset(datetime.timezone(profile@a, "Europe/Berlin"), "1mo") == "2026-04-28T12:00Z"',
      a('2026-03-28T13:00Z'),
      true,
    ],
    ['datetime.from_timestamp(profile@a) == "2026-01-01"', a(1767225600), true],
    ['datetime.from_timestamp(profile@a) == "2026-01-01"', a(1e300), false],
    ['datetime.timezone(profile@a, "Asia/Kolkata") == "2026-01-01"', a('2026-01-01'), true],
    ['datetime("2026-01-01") < now()', MISSING, true],
  ])('%s on %j is %s', (text, profile, expected) => {
    expect(matches(text, profile)).toBe(expected);
  });

  test.each([
    ['profile@born STARTS WITH "2026-01"', { born: '2026-01-01 10:00:00' }, true],
    ['profile@born CONTAINS " "', { born: '2026-01-01 10:00:00' }, true],
    ['profile@born CONTAINS "2026"', { born: 1767225600000 }, false],
    ['profile@born CONTAINS "2026-01-01"', { born: ['2026-01-01T00:00:00Z'] }, true],
    ['now() == "2026-03-31T12:00:00Z"', MISSING, true],
    ['now("Asia/Kolkata") CONTAINS "T17:30:00.000+05:30"', MISSING, true],
    [
      'datetime.timezone(profile@a, "Asia/Kolkata") STARTS WITH "2026-01-02"',
      a('2026-01-01T20:00:00Z'),
      true,
    ],
    ['datetime(profile@a) ENDS WITH ".000Z"', a('2026-01-01'), true],
    ['lowercase(now()) == "2026-03-31t12:00:00.000z"', MISSING, true],
  ])('as text, %s on %j is %s', (text, profile, expected) => {
    expect(matches(text, profile)).toBe(expected);
  });

  test('an unreadable date field is a mismatch, and a missing one is not', () => {
    expect(evaluate('profile@born < now()', { profile: { born: 'soon' } })).toEqual({
      verdict: false,
      mismatches: 1,
    });
    expect(evaluate('profile@born < now()', { profile: { born: true } })).toEqual({
      verdict: false,
      mismatches: 1,
    });
    expect(evaluate('profile@born < now()', { profile: {} })).toEqual({ verdict: false, mismatches: 0 });
  });
});

describe('rule 7: lists mean any-of', () => {
  const items = (...prices: readonly unknown[]) => ({ items: prices.map((price) => ({ price })) });

  test.each([
    ['profile@a == "x"', a(['y', 'x']), true],
    ['profile@a != "x"', a(['y', 'x']), false],
    ['profile@a > 5', a([1, 9]), true],
    ['NOT profile@a > 5', a([1, 9]), false],
    ['profile@a BETWEEN 4 AND 6', a([1, 9]), false],
    ['profile@a == 1', a([[2, [1]]]), true],
    ['profile@a == ["x", "y"]', a('y'), true],
    ['profile@a == ["x", "y"]', a(['z', 'y']), true],
    ['profile@a != ["x", "y"]', a('z'), true],
    ['profile@a IN ["x", now()]', a('2026-03-31T12:00:00Z'), true],
    ['profile@a IN [lowercase(profile@b), 5]', { a: 'x', b: 'X' }, true],
    ['profile@a IN [lowercase(profile@b), 5]', { a: 5, b: 'X' }, true],
    ['profile@items.price > 5', items(1, 9), true],
    ['profile@items.price > 5', items(1, [2, 9]), true],
    ['profile@items.price > 5', items(1, 2), false],
    ['profile@items.0.price > 5', items(1, 9), false],
    ['profile@items.1.price > 5', items(1, 9), true],
    ['profile@items.2.price > 5', items(1, 9), false],
    ['profile@items.price > 5', { items: [7, [{ price: 9 }], 'x', null] }, true],
    ['profile@items.tags.0 == "x"', { items: [{ tags: ['y', 'x'] }, { tags: ['x'] }] }, true],
    ['profile@items.tags.0 == "x"', { items: [{ tags: ['y', 'x'] }] }, false],
    ['profile@items.price EXISTS', items(null), true],
    ['profile@items.price EXISTS', { items: [{}, 5] }, false],
    ['profile@items.price IS NULL', items(null, 1), true],
    ['profile@items.price IS NOT NULL', items(null, 1), true],
    ['profile@items.price IS NOT NULL', items(null), false],
    ['profile@items.price EMPTY', items('', null, []), true],
    ['profile@items.price EMPTY', items('', 1), false],
    ['profile@items.price EMPTY', { items: [] }, true],
    ['profile@items.price NOT EMPTY', items('', 1), true],
    ['profile@a CONTAINS "x"', a(['y', 'x']), true],
    ['profile@a CONTAINS "x"', a(['xy']), false],
    ['profile@a CONTAINS "x"', a([['x']]), true],
    ['profile@a CONTAINS "x"', a('axb'), true],
    ['profile@a CONTAINS ""', a(''), true],
    ['profile@a CONTAINS 1', a([2, 1]), true],
    ['profile@a CONTAINS ["q", "x"]', a('axb'), true],
    ['profile@a NOT CONTAINS ["q", "x"]', a(['x']), false],
    ['profile@items.name CONTAINS "b"', { items: [{ name: 'a' }, { name: 'abc' }] }, true],
    ['profile@a STARTS WITH "x"', a(['x', 'y']), true],
    ['profile@a STARTS WITH "y"', a(['x', 'y']), false],
    ['profile@a ENDS WITH "y"', a(['x', 'y']), true],
    ['profile@a ENDS WITH "x"', a(['x', 'y']), false],
    ['profile@a STARTS WITH 1', a([1]), true],
    ['profile@a STARTS WITH "ab"', a('abc'), true],
    ['profile@a ENDS WITH "bc"', a('abc'), true],
    ['profile@a ENDS WITH ["x", "c"]', a('abc'), true],
    ['lowercase(profile@a) == "x"', a(['Y', 'X']), true],
    ['lowercase(profile@a) CONTAINS "x"', a(['XY', 'X']), true],
    ['uppercase(profile@a) == "STRASSE"', a('straße'), true],
    ['profile@a CONTAINS lowercase(profile@b)', { a: 'axb', b: ['Q', 'X'] }, true],
    ['lowercase("ABC") CONTAINS lowercase(profile@b)', { b: 'B' }, true],
  ])('%s on %j is %s', (text, profile, expected) => {
    expect(matches(text, profile)).toBe(expected);
  });
});

describe('rule 8: field against field', () => {
  test.each([
    ['profile@a == profile@b', { a: 1, b: 1 }, true],
    ['profile@a == profile@b', { a: 1, b: 2 }, false],
    ['profile@a < profile@b', { a: 1, b: 2 }, true],
    ['profile@a <= profile@b', { a: 'a', b: 'b' }, true],
    ['profile@a == profile@b', { a: true, b: true }, true],
    ['profile@a == profile@b', { a: [1, 2], b: [3, 2] }, true],
    ['profile@a != profile@b', { a: [1, 2], b: [3, 2] }, false],
    ['profile@a > profile@b', { a: [1, 5], b: [4, 9] }, true],
    ['profile@a == profile@b', { a: 1 }, false],
    ['profile@a != profile@b', { a: 1 }, true],
    ['profile@items.price < profile@limit', { items: [{ price: 9 }, { price: 3 }], limit: 5 }, true],
  ])('%s on %j is %s', (text, profile, expected) => {
    expect(matches(text, profile)).toBe(expected);
  });

  test('fields of different sources are compared', () => {
    const text = 'profile@plan == payload@plan AND event@type == "x" AND session@id != memory@id';

    expect(
      evaluate(text, { profile: { plan: 'a' }, payload: { plan: 'a' }, event: { type: 'x' } }).verdict,
    ).toBe(true);
  });

  test('an absent document is missing throughout', () => {
    for (const documents of [
      { profile: {} },
      { profile: {}, payload: undefined },
      { profile: {}, payload: null },
    ]) {
      expect(evaluate('payload@a EXISTS OR payload@a == 1 OR payload@a IS NULL', documents).verdict).toBe(
        false,
      );
      expect(evaluate('payload@a EMPTY AND payload@a != 1', documents).verdict).toBe(true);
    }
  });
});

describe('rule 9: own keys only', () => {
  const KEYS = ['__proto__', 'constructor', 'toString', 'hasOwnProperty', 'length', 'map', '0'];

  test.each(KEYS)('%s is missing unless a document has it', (key) => {
    for (const parent of [{}, 'text', 5, true]) {
      expect(matches(`profile@["${key}"] EXISTS`, {})).toBe(false);
      expect(matches(`profile@a["${key}"] EXISTS`, { a: parent })).toBe(false);
      expect(matches(`profile@a.b["${key}"] EXISTS`, { a: { b: parent } })).toBe(false);
      expect(matches(`profile@a["${key}"].name EXISTS`, { a: parent })).toBe(false);
    }
  });

  test.each(KEYS)('an own key %s is read', (key) => {
    const profile: unknown = JSON.parse(`{"${key}":1,"a":{"${key}":1},"b":[{"c":{"${key}":1}}]}`);

    expect(matches(`profile@["${key}"] == 1`, profile)).toBe(true);
    expect(matches(`profile@a["${key}"] == 1`, profile)).toBe(true);
    expect(matches(`profile@b.c["${key}"] == 1`, profile)).toBe(true);
  });

  test('what a prototype holds is missing, polluted or inherited', () => {
    const inherited: unknown = Object.create({ a: 1, b: { c: 1 } });
    Object.assign(Object.prototype, { polluted: 1 });
    try {
      for (const text of [
        'profile@polluted EXISTS',
        'profile@x.polluted == 1',
        'profile@x.y.polluted == 1',
        'profile@l.polluted == 1',
      ]) {
        expect(matches(text, { x: { y: {} }, l: [{}] })).toBe(false);
      }
    } finally {
      Reflect.deleteProperty(Object.prototype, 'polluted');
    }
    expect(matches('profile@a EXISTS OR profile@b.c EXISTS', inherited)).toBe(false);
  });

  test.each([
    ['profile@a.0 == "x"', a({ 0: 'x' }), true],
    ['profile@a.0.b == "x"', a({ 0: { b: 'x' } }), true],
    ['profile@a.0 == "x"', a('x'), false],
    ['profile@a["0"] == "x"', a(['x']), false],
    ['profile@a["0"] == "x"', a([{ 0: 'x' }]), true],
    ['profile@a.length == 1', a(['x']), false],
    ['profile@a.007 == 1', a({ '007': 1 }), true],
    ['profile@["a.b"] == 1', { a: { b: 1 } }, false],
    ['profile@["a.b"] == 1', { 'a.b': 1 }, true],
    ['profile@A == 1', a(1), false],
    ['profile@a EXISTS', { a: () => 1 }, false],
  ])('%s on %j is %s', (text, profile, expected) => {
    expect(matches(text, profile)).toBe(expected);
  });

  test.each([null, undefined, 5, 'text', [], true])('a document that is %j has no fields', (profile) => {
    expect(matches('profile@a EXISTS', profile)).toBe(false);
    expect(matches('profile@a.b == 1', profile)).toBe(false);
    expect(matches('profile@a.b.c != 1', profile)).toBe(true);
  });
});

test('no key becomes code', () => {
  const keys = [
    '"] + process.exit(1) + ["',
    "'); throw new Error('x'); ('",
    '`${process.exit(1)}`',
    '\u2028\u2029\n\r\0',
    '*/ process.exit(1) /*',
    '\\',
    '</script>',
  ];
  for (const key of keys) {
    const text = `profile@a[${JSON.stringify(key).replace(/\\r/g, '\\u000d')}] == 1`;

    expect(matches(text, { a: { [key]: 1 } })).toBe(true);
    expect(matches(text, { a: { [`${key} `]: 1 } })).toBe(false);
  }
});

test('lists nested deeper than the stack are evaluated', () => {
  const deep = (leaf: unknown): unknown => {
    let value = leaf;
    for (let depth = 0; depth < 200_000; depth += 1) value = [value];
    return value;
  };

  expect(matches('profile@a == 1', a(deep(1)))).toBe(true);
  expect(matches('profile@a CONTAINS 2', a(deep(1)))).toBe(false);
  expect(matches('profile@a.b == 1', a(deep({ b: 1 })))).toBe(true);
  expect(matches('lowercase(profile@a) == "x"', a(deep('X')))).toBe(true);
});

test('many terms are evaluated', () => {
  const all = Array.from({ length: 1000 }, (_, index) => `profile@k${index} == ${index}`);
  const profile = Object.fromEntries(all.map((_, index) => [`k${index}`, index]));

  expect(matches(all.join(' AND '), profile)).toBe(true);
  expect(matches(all.join(' AND '), { ...profile, k999: 0 })).toBe(false);
  expect(matches(all.join(' OR '), { k999: 999 })).toBe(true);
});

test('the same compiled condition serves every document and adds to each tally', () => {
  const compiled = compileCondition(parseCondition('profile@a > 1', { sources: ['profile'] }), OPTIONS);
  const tally = { mismatches: 0 };

  const verdicts = [a(2), a('x'), a(1), MISSING, a('y')].map((profile) => compiled({ profile }, tally));

  expect(verdicts).toEqual([true, false, false, false, false]);
  expect(tally.mismatches).toBe(2);
});
