import fc from 'fast-check';
import type { Condition } from '../../../src/domain/condition/ast.ts';
import { parseCondition } from '../../../src/domain/condition/parse.ts';

/** The slot for which random conditions are meant: their offsets reach the dates in random profiles. */
export const SLOT = Date.parse('2026-01-15T00:00:00Z');

/** Few of each, so that conditions and profiles meet. */
const KEYS = ['a', 'b', 'items', 'name', 'größe', 'last order'];
const TEXTS = [
  '',
  'a',
  'A',
  'ab',
  'b',
  '1',
  'true',
  '😀',
  '😀a',
  '\ufb00',
  '\u{10ffff}',
  'straße',
  'say "hi" \\ \n',
];
const DATES = [
  '2026-01-01',
  '2026-01-01T00:00:00Z',
  '2026-01-01 00:00:00',
  '2025-12-31T23:00:00.000-01:00',
  '2026-01-15T00:00:00.000Z',
  '2024-02-29T12:30',
  '2026-01-01T00:00:00.0009+00:00',
];
const NO_DATES = ['2026-02-30', '2026-01-01T25:00', 'yesterday', '2026-1-1'];
const NUMBERS = [-1.5, 0, 1, 2, 10, 10.7, 1e21, 9007199254740992, Date.parse('2026-01-01'), SLOT / 1000];
const DATE_PATHS = ['metadata.time.insert', 'metadata.time.visit.last', 'metadata.time.visits.0'];

const scalar = fc.oneof(
  fc.constantFrom<null | boolean>(null, true, false),
  fc.constantFrom(...NUMBERS),
  fc.constantFrom(...TEXTS, ...DATES, ...NO_DATES),
);

const { value } = fc.letrec<{ value: unknown; document: Record<string, unknown> }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 4, withCrossShrink: true },
    { arbitrary: scalar, weight: 5 },
    { arbitrary: fc.array(tie('value'), { maxLength: 3 }), weight: 2 },
    { arbitrary: fc.array(tie('document'), { maxLength: 3 }), weight: 1 },
    { arbitrary: tie('document'), weight: 1 },
  ),
  document: fc.dictionary(fc.constantFrom(...KEYS, '0'), tie('value'), { maxKeys: 4 }),
}));

const someDate = fc.oneof(
  { arbitrary: fc.constantFrom<unknown>(...DATES), weight: 6 },
  { arbitrary: value, weight: 3 },
);

const time = fc.record(
  {
    insert: someDate,
    visit: fc.oneof(fc.record({ last: someDate }), value),
    visits: fc.oneof(fc.array(someDate, { maxLength: 2 }), value),
  },
  { requiredKeys: [] },
);

/** A profile's document: any key may be absent, null, of any type, or where a list of objects is. */
export function arbitraryProfile(): fc.Arbitrary<Record<string, unknown>> {
  const traits = fc.dictionary(fc.constantFrom(...KEYS, '0'), value, { maxKeys: 5 });
  const metadata = fc.record({
    metadata: fc.oneof({ arbitrary: fc.record({ time }), weight: 5 }, { arbitrary: value, weight: 1 }),
  });
  return fc
    .tuple(traits, metadata, fc.boolean())
    .map(([own, times, dated]) => ({ ...own, ...(dated ? times : {}) }));
}

function quoted(text: string): string {
  return `"${text.replace(/["\\]/g, '\\$&').replace(/\n/g, '\\n')}"`;
}

function step(key: string): string {
  return key === 'last order' ? `["${key}"]` : `.${key}`;
}

const path = fc.oneof(
  {
    arbitrary: fc
      .array(fc.constantFrom(...KEYS, '0', '1'), { minLength: 1, maxLength: 3 })
      .map((keys) => keys.map(step).join('').replace(/^\./, '')),
    weight: 5,
  },
  { arbitrary: fc.constantFrom(...DATE_PATHS), weight: 2 },
);
const OFFSETS = ['-14d', '+1h30m', '1mo', '-1y', '0 seconds'];
const ZONES = ['UTC', 'Europe/Berlin', 'Asia/Kolkata'];
const offset = fc.constantFrom(...OFFSETS).map(quoted);
const zone = fc.constantFrom(...ZONES).map(quoted);
const date = fc.constantFrom(...DATES).map(quoted);
const number = fc.constantFrom(...NUMBERS).map(String);
const text = fc.constantFrom(...TEXTS, ...DATES, ...NO_DATES).map(quoted);

const fixedInstant = fc.oneof(
  fc.constantFrom('now()', 'utcnow()'),
  zone.map((name) => `now(${name})`),
  offset.map((by) => `now.offset(${by})`),
  fc.tuple(zone, offset).map(([name, by]) => `now.timezone.offset(${name}, ${by})`),
  date.map((written) => `datetime(${written})`),
  fc.constant(`datetime.from_timestamp(${SLOT / 1000})`),
);
/** Leaves out what the parser refuses on purpose, such as reversed ends. */
function readable(written: string): boolean {
  try {
    parseCondition(written, { sources: ['profile'] });
    return true;
  } catch {
    return false;
  }
}

function joined(term: fc.Arbitrary<string>, joint: string): fc.Arbitrary<string> {
  return fc
    .array(term, { minLength: 2, maxLength: 3 })
    .map((terms) => terms.map((one) => `(${one})`).join(` ${joint} `));
}

/** The text of a condition over fields such as `profile@a.b`. */
function conditionTextOn(field: fc.Arbitrary<string>): fc.Arbitrary<string> {
  const instantOfField = fc.oneof(
    field.map((written) => `datetime(${written})`),
    fc.tuple(field, offset).map(([written, by]) => `datetime.offset(${written}, ${by})`),
    fc.tuple(field, zone).map(([written, name]) => `datetime.timezone(${written}, ${name})`),
    field.map((written) => `datetime.from_timestamp(${written})`),
  );
  const changedCase = fc
    .tuple(fc.constantFrom('lowercase', 'uppercase'), fc.oneof(field, text))
    .map(([name, argument]) => `${name}(${argument})`);

  const left = fc.oneof(
    { arbitrary: field, weight: 8 },
    { arbitrary: fc.oneof(fixedInstant, instantOfField, changedCase), weight: 2 },
  );
  const single = fc.oneof(
    { arbitrary: fc.constantFrom('NULL', 'TRUE', 'FALSE'), weight: 2 },
    { arbitrary: number, weight: 3 },
    { arbitrary: text, weight: 4 },
    { arbitrary: fixedInstant, weight: 2 },
    { arbitrary: fc.oneof(instantOfField, changedCase), weight: 1 },
  );
  const list = fc.array(single, { minLength: 1, maxLength: 3 }).map((items) => `[${items.join(', ')}]`);
  const anyValue = fc.oneof({ arbitrary: single, weight: 4 }, { arbitrary: list, weight: 1 });
  const operator = fc.constantFrom('==', '!=', '<', '<=', '>', '>=');
  const not = fc.constantFrom('', 'NOT ');

  const ends = fc.oneof(fc.tuple(number, number), fc.tuple(text, text), fc.tuple(fixedInstant, fixedInstant));

  const test = fc.oneof(
    {
      arbitrary: fc.tuple(left, operator, fc.oneof(anyValue, field)).map((parts) => parts.join(' ')),
      weight: 5,
    },
    {
      arbitrary: fc
        .tuple(left, ends)
        .map(([operand, [low, high]]) => `${operand} BETWEEN ${low} AND ${high}`),
      weight: 1,
    },
    {
      arbitrary: fc
        .tuple(left, fc.constantFrom('IS NULL', 'IS NOT NULL', 'EXISTS', 'NOT EXISTS', 'EMPTY', 'NOT EMPTY'))
        .map((parts) => parts.join(' ')),
      weight: 2,
    },
    {
      arbitrary: fc
        .tuple(left, not, fc.constantFrom('CONTAINS', 'STARTS WITH', 'ENDS WITH'), anyValue)
        .map(([operand, no, name, right]) => `${operand} ${no}${name} ${right}`),
      weight: 3,
    },
    {
      arbitrary: fc.tuple(left, not, list).map(([operand, no, right]) => `${operand} ${no}IN ${right}`),
      weight: 2,
    },
  );

  const { condition } = fc.letrec<{ condition: string }>((tie) => ({
    condition: fc.oneof(
      { maxDepth: 3, withCrossShrink: true },
      { arbitrary: test.filter(readable), weight: 4 },
      { arbitrary: tie('condition').map((term) => `NOT (${term})`), weight: 1 },
      { arbitrary: joined(tie('condition'), 'AND'), weight: 1 },
      { arbitrary: joined(tie('condition'), 'OR'), weight: 1 },
    ),
  }));
  return condition;
}

const condition = conditionTextOn(path.map((written) => `profile@${written}`));

/** The text of a condition over profiles. */
export function arbitraryConditionText(): fc.Arbitrary<string> {
  return condition;
}

/** A parsed condition over profiles. */
export function arbitraryCondition(): fc.Arbitrary<Condition> {
  return arbitraryConditionText().map((written) => parseCondition(written, { sources: ['profile'] }));
}

/** A parsed condition over the paths, written as after `profile@`. */
export function arbitraryConditionOn(paths: readonly string[]): fc.Arbitrary<Condition> {
  const field = fc.constantFrom(...paths).map((path) => `profile@${path}`);
  return conditionTextOn(field).map((written) => parseCondition(written, { sources: ['profile'] }));
}
