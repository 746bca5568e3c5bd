import fc from 'fast-check';
import type { IndexMaking } from './bracketed-index.ts';
import type { Since } from './under-test.ts';

/** A way to map the paths `a`, `b`, `o.a` and `o.b`; `b` and `o.b` are declared date fields. */
export interface MappingKind {
  readonly name: string;
  /** The first version that knows its settings. */
  readonly since?: Since;
  readonly makings: readonly IndexMaking[];
  /** Values that the mapping takes, besides what any field may meet. */
  readonly values: readonly unknown[];
  /** Those that are of the mapping's own JSON type. */
  readonly plain: readonly unknown[];
  /** The keys that documents have, where others would have them refused. */
  readonly keys?: { readonly top: readonly string[]; readonly inner: readonly string[] };
}

type Leaf = Readonly<Record<string, unknown>>;

/** `a` and `b` at the top and within an object. */
function withLeaf(leaf: Leaf, around: Leaf = {}, object: Leaf = {}): IndexMaking {
  const properties = { a: leaf, b: leaf, o: { properties: { a: leaf, b: leaf }, ...object } };
  return { mappings: { properties, ...around } };
}

const WORDS = [
  '',
  'a',
  'A',
  'ab',
  'b',
  'straße',
  '😀',
  '😀a',
  '\u{10ffff}',
  'say "hi" \\ \n',
  'a*b?',
  '!!!',
  '\ue000x',
];
const LONG_WORDS = ['😀😀😀', 'äöüß', 'who?', 'abcde', 'a long text', '2026-01-15T00:00:00.000Z'];
const ISO = [
  '2026-01-01',
  '2026-01-01T00:00:00Z',
  '2025-12-31T23:00:00.000-01:00',
  '2026-01-15T00:00:00.000Z',
  '2024-02-29T12:30',
  '2026-01-01T00:00:00.0009+00:00',
  '1969-12-31T23:59:59.9995Z',
  '2026-01-01T01:00:00+05:30',
];
const ODD_DATES = ['2026', '2026-01', '2026-01-15T00', '1767225600000', '2026-01-01 00:00:00', '0000-01-01'];
const WHOLE = [-2, -1, 0, 1, 2, 10, 1000, 2026, 9999, 12345];
const BROKEN = [10.7, -0.5, 0.1, -1.5, 1e-7, 9.999999];
const EPOCHS = [1767225600000, 1768435200000, 1768435200000.5, -2026, -86400000];
const BIG = [9007199254740992, 9007199254740994, -9007199254740992];
const NUMBER_TEXTS = ['0', '1', '10', '10.7', '2026', '-1', '1e3', '5.0'];
const TRUTHS = [true, false];
const HALVES = ['\ud83d', 'a\ud83d', 'a\ude00b', '\ufffd', '?'];

const TEXTUAL = [...WORDS, ...LONG_WORDS, ...ISO, ...NUMBER_TEXTS, 'true', 'false', 'NULL'];
const NUMERIC = [...WHOLE, ...BROKEN, ...BIG, ...EPOCHS];
const DATES = [...ISO, ...ODD_DATES, ...WHOLE, ...EPOCHS];

function kind(
  name: string,
  making: IndexMaking,
  values: readonly unknown[],
  plain: readonly unknown[],
): MappingKind {
  return { name, makings: [making], values, plain };
}

function texts(name: string, leaf: Leaf): MappingKind {
  const values = [...TEXTUAL, ...HALVES, ...TEXTUAL, ...WHOLE, ...BROKEN, ...TRUTHS];
  return kind(name, withLeaf(leaf), values, TEXTUAL);
}

function numbers(
  name: string,
  leaf: Leaf,
  plain: readonly unknown[],
  numbersTaken: readonly unknown[] = [...NUMERIC, ...NUMBER_TEXTS, ''],
): MappingKind {
  const values = [...plain, ...plain, ...numbersTaken];
  return kind(name, withLeaf(leaf), values, plain);
}

function dates(name: string, leaf: Leaf): MappingKind {
  return kind(name, withLeaf(leaf), DATES, [...ISO, ...EPOCHS.filter(Number.isInteger), 12345]);
}

const SMALL = WHOLE.filter((value) => Math.abs(value) < 100);
const KEYWORD = { type: 'keyword' };
const MIXED = [...TEXTUAL, ...HALVES, ...NUMERIC, ...TRUTHS];
/** Of a field that has no type to keep to. */
const UNTYPED = [...TEXTUAL, ...NUMERIC, ...TRUTHS];

function flattened(name: string, leaf: Leaf): MappingKind {
  return {
    ...kind(name, { mappings: { properties: { o: leaf } } }, MIXED, UNTYPED),
    keys: { top: ['o', 'segments'], inner: ['a', 'b'] },
  };
}

export const MAPPING_KINDS: readonly MappingKind[] = [
  texts('keyword', KEYWORD),
  texts('keyword with ignore_above', { type: 'keyword', ignore_above: 4 }),
  texts('keyword with null_value', { type: 'keyword', null_value: 'NULL' }),
  texts('keyword without doc values', { type: 'keyword', doc_values: false }),
  texts('keyword not indexed', { type: 'keyword', index: false }),
  texts('text', { type: 'text' }),
  texts('text without norms', { type: 'text', norms: false }),
  texts('text with keyword', { type: 'text', fields: { raw: { type: 'keyword', ignore_above: 4 } } }),
  numbers('long', { type: 'long' }, [...WHOLE, ...BIG]),
  numbers('integer', { type: 'integer' }, WHOLE, [...BROKEN, ...NUMBER_TEXTS, '']),
  numbers('integer without coercion', { type: 'integer', coerce: false }, WHOLE, ['1']),
  numbers('long with null_value', { type: 'long', null_value: 10 }, WHOLE),
  numbers('short ignoring malformed', { type: 'short', ignore_malformed: true }, WHOLE),
  numbers('byte', { type: 'byte' }, SMALL, [...BROKEN, '1', '10.7', '', 1000]),
  numbers('double', { type: 'double' }, NUMERIC),
  numbers('double without coercion', { type: 'double', coerce: false }, NUMERIC, ['1', '']),
  numbers('float', { type: 'float' }, NUMERIC),
  numbers('float without coercion', { type: 'float', coerce: false }, NUMERIC, ['1', '']),
  numbers('half_float', { type: 'half_float' }, [...SMALL, ...BROKEN], ['10', '10.7', '', 9999, 12345]),
  dates('date', { type: 'date' }),
  dates('date in the tracardi format', {
    type: 'date',
    format: 'yyyy-MM-dd HH:mm:ss||strict_date_optional_time ||epoch_millis',
  }),
  dates('date ignoring malformed', { type: 'date', ignore_malformed: true }),
  dates('date with null_value', { type: 'date', null_value: '2026-01-01' }),
  dates('date in another format', { type: 'date', format: 'epoch_second||date_optional_time' }),
  kind('boolean', withLeaf({ type: 'boolean' }), [...TRUTHS, 'true', 'false', ''], TRUTHS),
  kind(
    'boolean with null_value',
    withLeaf({ type: 'boolean', null_value: true }),
    [...TRUTHS, 'true', ''],
    TRUTHS,
  ),
  flattened('flattened', { type: 'flattened' }),
  flattened('flattened with ignore_above', { type: 'flattened', ignore_above: 4 }),
  flattened('flattened with null_value', { type: 'flattened', null_value: 'a' }),
  kind('nested', withLeaf({ type: 'keyword', ignore_above: 4 }, {}, { type: 'nested' }), MIXED, TEXTUAL),
  kind(
    'nested included in the parent',
    withLeaf(KEYWORD, {}, { type: 'nested', include_in_parent: true }),
    MIXED,
    TEXTUAL,
  ),
  kind(
    'object not enabled',
    { mappings: { properties: { a: KEYWORD, b: KEYWORD, o: { type: 'object', enabled: false } } } },
    MIXED,
    TEXTUAL,
  ),
  kind(
    'dynamic: false',
    { mappings: { dynamic: false, properties: { a: { type: 'double' }, o: { properties: {} } } } },
    NUMERIC,
    NUMERIC,
  ),
  {
    name: 'dynamic: strict',
    makings: [
      {
        mappings: {
          dynamic: 'strict',
          properties: { a: KEYWORD, segments: KEYWORD, o: { properties: { b: KEYWORD } } },
        },
      },
    ],
    values: MIXED,
    plain: TEXTUAL,
    keys: { top: ['a', 'o', 'segments'], inner: ['b'] },
  },
  {
    ...kind(
      'dynamic: runtime',
      { mappings: { dynamic: 'runtime', properties: { a: KEYWORD } } },
      TEXTUAL,
      TEXTUAL,
    ),
    since: [8, 0],
  },
  kind('dynamic: true', { mappings: { date_detection: false } }, TEXTUAL, TEXTUAL),
  kind(
    'copied to',
    {
      mappings: {
        properties: {
          a: { type: 'keyword', copy_to: ['b', 'o.a'] },
          b: KEYWORD,
          o: { properties: { a: KEYWORD, b: { type: 'keyword', copy_to: 'a' } } },
        },
      },
    },
    MIXED,
    TEXTUAL,
  ),
  {
    name: 'alias fields',
    makings: [
      {
        mappings: {
          properties: {
            a: { type: 'alias', path: 'b' },
            b: KEYWORD,
            o: { properties: { a: KEYWORD, b: { type: 'alias', path: 'o.a' } } },
          },
        },
      },
    ],
    values: MIXED,
    plain: TEXTUAL,
    keys: { top: ['b', 'o', 'segments'], inner: ['a'] },
  },
  {
    name: 'two indices, keyword of different lengths',
    makings: [withLeaf(KEYWORD), withLeaf({ type: 'keyword', ignore_above: 2 })],
    values: MIXED,
    plain: TEXTUAL,
  },
  {
    name: 'two indices, long and keyword',
    makings: [withLeaf({ type: 'long' }), withLeaf(KEYWORD)],
    values: [...WHOLE, ...NUMBER_TEXTS],
    plain: WHOLE,
  },
  {
    name: 'two indices, one without the fields',
    makings: [
      withLeaf({ type: 'double' }),
      {
        mappings: {
          dynamic: 'strict',
          properties: {
            a: { type: 'double' },
            segments: KEYWORD,
            o: { properties: { a: { type: 'double' } } },
          },
        },
      },
    ],
    values: NUMERIC,
    plain: NUMERIC,
    keys: { top: ['a', 'o', 'segments'], inner: ['a'] },
  },
  {
    name: 'two indices, dates in two formats',
    makings: [
      withLeaf({ type: 'date' }),
      withLeaf({ type: 'date', format: 'yyyy-MM-dd||yyyy-MM-dd HH:mm:ss' }),
    ],
    values: ['2026-01-01', '2026-01-15', '2025-12-31', '2024-02-29', '2026-01-01 00:00:00'],
    plain: ['2026-01-01', '2026-01-15', '2025-12-31', '2024-02-29'],
  },
  {
    ...texts('keyword with an index-wide ignore_above', KEYWORD),
    since: [8, 0],
    makings: [{ ...withLeaf(KEYWORD), settings: { 'index.mapping.ignore_above': 4 } }],
  },
  {
    ...numbers('long with index-wide settings', { type: 'long' }, WHOLE),
    makings: [
      {
        ...withLeaf({ type: 'long' }),
        settings: { 'index.mapping.coerce': false, 'index.mapping.ignore_malformed': true },
      },
    ],
  },
  {
    ...texts('keyword with a normalizer', KEYWORD),
    makings: [
      {
        ...withLeaf({ type: 'keyword', normalizer: 'lower' }),
        settings: { analysis: { normalizer: { lower: { type: 'custom', filter: ['lowercase'] } } } },
      },
    ],
  },
];

/** Where conditions look; some of them hold nothing in most documents. */
export const BRACKET_PATHS = [
  'a',
  'b',
  'o.a',
  'o.b',
  'a',
  'o.a',
  'b',
  'o',
  'o.0.a',
  'a.0',
  'o.b.1',
  'o.x',
  '["o.a"]',
  'x',
  'segments',
] as const;

/** What a writer may leave at a path: a value of the kind, and sometimes what no mapping expects. */
function valueOf(values: readonly unknown[]): fc.Arbitrary<unknown> {
  const single = fc.constantFrom(...values);
  return fc.oneof(
    { arbitrary: single, weight: 12 },
    {
      arbitrary: fc.array(
        fc.oneof({ arbitrary: single, weight: 6 }, fc.constantFrom<unknown>(null, [], [null])),
      ),
      weight: 3,
    },
    { arbitrary: fc.array(fc.array(single, { maxLength: 2 }), { maxLength: 2 }), weight: 1 },
    { arbitrary: fc.constantFrom<unknown>(null, [], [null], [[]]), weight: 2 },
    { arbitrary: fc.constantFrom<unknown>('x', 7, true, {}, { c: 'x' }), weight: 1 },
  );
}

const ALL_KEYS = { top: ['a', 'b', 'o', 'segments'], inner: ['a', 'b'] };

function shapeOf(
  value: fc.Arbitrary<unknown>,
  { top, inner }: NonNullable<MappingKind['keys']>,
  dotted: boolean,
): fc.Arbitrary<Record<string, unknown>> {
  const optional = (keys: readonly string[]): fc.Arbitrary<Record<string, unknown>> =>
    fc.record(Object.fromEntries(keys.map((key) => [key, value])), { requiredKeys: [] });
  const object = optional(inner);
  const within = fc.oneof(
    { arbitrary: object, weight: 6 },
    { arbitrary: fc.array(object, { maxLength: 3 }), weight: 2 },
    { arbitrary: fc.constantFrom<unknown>(null, [], {}), weight: 1 },
  );
  const special = { o: within, segments: fc.constantFrom<unknown>(['a'], ['a', 'b'], []) };
  const others = fc
    .record(special, { requiredKeys: [] })
    .map((record) => Object.fromEntries(Object.entries(record).filter(([key]) => top.includes(key))));
  const usual = fc
    .tuple(optional(top.filter((key) => !(key in special))), others)
    .map(([own, more]) => ({ ...own, ...more }));
  if (!dotted) return usual;
  const flat = fc
    .tuple(usual, optional(inner.map((key) => `o.${key}`)))
    .map(([own, more]) => ({ ...own, ...more }));
  return fc.oneof({ arbitrary: usual, weight: 8 }, { arbitrary: flat, weight: 2 });
}

export function arbitraryDocument({
  values,
  keys = ALL_KEYS,
}: MappingKind): fc.Arbitrary<Record<string, unknown>> {
  return shapeOf(valueOf(values), keys, true);
}

/** A document whose writer keeps to the mapping. */
export function arbitraryPlainDocument({
  plain,
  keys = ALL_KEYS,
}: MappingKind): fc.Arbitrary<Record<string, unknown>> {
  const single = fc.constantFrom(...plain);
  const value = fc.oneof(
    { arbitrary: single, weight: 6 },
    {
      arbitrary: fc.array(
        fc.oneof({ arbitrary: single, weight: 5 }, { arbitrary: fc.constant(null), weight: 1 }),
        { maxLength: 3 },
      ),
      weight: 2,
    },
    { arbitrary: fc.constant(null), weight: 1 },
  );
  return shapeOf(value, keys, false);
}
