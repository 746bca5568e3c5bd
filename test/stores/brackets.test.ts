import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Condition } from '../../src/domain/condition/ast.ts';
import { compileCondition } from '../../src/domain/condition/evaluate.ts';
import { toDateFields } from '../../src/domain/condition/fields.ts';
import { lowerOf, upperOf } from '../../src/stores/embedded/brackets/bracket.ts';
import { createBracketCompiler } from '../../src/stores/embedded/brackets/compile.ts';
import { arbitraryCondition, arbitraryProfile, SLOT } from '../domain/condition/arbitraries.ts';
import { aCondition } from './builders.ts';
import { openEmbedded, type EmbeddedUnderTest } from './embedded-store.ts';

const dateFields = toDateFields(['metadata.time.*']);
type Document = Readonly<Record<string, unknown>>;

let store: EmbeddedUnderTest;
beforeAll(async () => {
  store = await openEmbedded();
});
afterAll(() => store.close());

interface Bounds {
  readonly id: string;
  readonly lower: boolean;
  readonly upper: boolean;
}

/** The bounds of the profiles whose ids start with the prefix; others than plain ones are not bracketed. */
async function boundsOf(condition: Condition, prefix: string): Promise<readonly Bounds[]> {
  const compiler = createBracketCompiler({
    now: SLOT,
    dateFields,
    segmentsField: 'segments',
    values: store.database.values,
  });
  const bracket = compiler.compile(condition);
  const [lower, upper] = [lowerOf(bracket), upperOf(bracket)];
  const rows = `(SELECT * FROM profiles WHERE plain AND fault IS NULL AND starts_with(id, '${prefix}'))`;
  return store.database.read(async (connection) => {
    const result = await connection.run(`SELECT id, ${lower}, ${upper} FROM ${compiler.columns(rows)}`);
    return (await result.getRows()).map(([id, low, up]) => ({
      id: String(id),
      lower: low === true,
      upper: up === true,
    }));
  });
}

function matcher(condition: Condition): (document: Document) => boolean {
  const matches = compileCondition(condition, { now: SLOT, dateFields });
  return (profile) => matches({ profile }, { mismatches: 0 });
}

let prefixes = 0;
async function load(
  documents: readonly Document[],
): Promise<{ prefix: string; byId: Map<string, Document> }> {
  const prefix = `p${(prefixes += 1)}-`;
  const named = documents.map((document, index) => ({ segments: [], ...document, id: `${prefix}${index}` }));
  await store.embedded.upsertProfiles(named);
  return { prefix, byId: new Map(named.map((document) => [document.id, document])) };
}

describe('lower ⊆ matches ⊆ upper', () => {
  test('for random conditions on random profiles', async () => {
    const profiles = fc.sample(arbitraryProfile(), { numRuns: 600, seed: 7 });
    const { prefix, byId } = await load(profiles);

    await fc.assert(
      fc.asyncProperty(arbitraryCondition(), async (condition) => {
        const matches = matcher(condition);
        for (const { id, lower, upper } of await boundsOf(condition, prefix)) {
          const match = matches(byId.get(id) ?? {});
          if ((lower && !match) || (match && !upper)) {
            throw new Error(`${JSON.stringify({ lower, match, upper })} for ${JSON.stringify(byId.get(id))}`);
          }
        }
      }),
      { numRuns: 400 },
    );
  }, 240_000);

  test('for awkward keys, texts and numbers', async () => {
    const keys = [
      'a/b',
      'a~b',
      '~1',
      'a.b',
      '',
      ' ',
      '*',
      '$',
      '#',
      '0',
      '01',
      '-',
      '__proto__',
      'a"b',
      "it's",
      'é',
      'e\u0301',
      '\u2028',
      'a\\b',
      'toString',
    ];
    const values = [
      'x',
      '',
      '"',
      '\\',
      'a\nb',
      '\b\f\u0001\u007f',
      '\u000b\u001f',
      '\\u000b',
      '\u{10ffff}',
      '\uffff',
      '[',
      ']',
      '%_',
      0,
      -0,
      1e-7,
      0.1,
      2 ** 53 + 2,
      1e300,
      true,
      null,
      [],
      {},
      ['x'],
      ['\u001a'],
      [['x']],
      [{ x: 1 }],
      { '0': 'x' },
    ];
    const documents = keys.flatMap((key) => values.map((value) => Object.fromEntries([[key, value]])));
    const { prefix, byId } = await load(documents);
    const conditions = keys.flatMap((key) =>
      [
        'EXISTS',
        'IS NULL',
        'IS NOT NULL',
        'EMPTY',
        '== "x"',
        '!= "x"',
        '< "a"',
        '>= ""',
        '== 0',
        '> 0.1',
        '<= 9007199254740994',
        'CONTAINS "x"',
        'CONTAINS "\\\\"',
        'CONTAINS "["',
        'STARTS WITH "a\\n"',
        'ENDS WITH "]"',
        'CONTAINS "%"',
        'IN ["x", 0]',
        '== NULL',
        '== TRUE',
        'CONTAINS "\\u0001"',
        '== "\\u000b\\u001f"',
        '!= "\\\\u000b"',
        'CONTAINS "\\u001a"',
        '== "\\u0000"',
        'CONTAINS "\\u0000"',
      ].map((rest) => aCondition(`profile@[${JSON.stringify(key)}] ${rest}`)),
    );

    for (const condition of conditions) {
      const matches = matcher(condition);
      for (const { id, lower, upper } of await boundsOf(condition, prefix)) {
        const match = matches(byId.get(id) ?? {});
        if ((lower && !match) || (match && !upper)) {
          throw new Error(JSON.stringify({ lower, match, upper, condition, document: byId.get(id) }));
        }
      }
    }
  }, 240_000);
});

const ORDINARY: readonly Document[] = [
  {
    active: true,
    visits: 12,
    score: 0.1,
    country: 'DE',
    name: 'Ana "x" \\ é',
    tags: ['a', 'b'],
    traits: { city: 'Łódź', none: null },
    metadata: { time: { create: '2026-01-01T00:00:00Z', visit: { last: '2026-01-15T00:00:00.000Z' } } },
  },
  {
    active: false,
    visits: 10,
    score: -1e-7,
    country: 'de',
    name: '',
    tags: [],
    traits: { city: '' },
    metadata: { time: { create: '2025-12-31 23:59:59', visit: { last: '2026-01-14T23:59:59.999' } } },
  },
  {
    visits: 0,
    score: 1e21,
    country: null,
    tags: ['A'],
    traits: {},
    metadata: { time: { create: '2026-01-02' } },
  },
  { active: null, visits: '12', country: 'FR', name: 'a\nb', tags: 'a', metadata: { time: {} } },
  { active: 'true', visits: { n: 1 }, country: 7, name: '😀', tags: { a: 1 }, traits: 'x', metadata: null },
  {},
];

/** This list is short and true: on ordinary profiles, rows of these conditions need no evaluator. */
const EXACT = [
  'profile@visits == 12',
  'profile@visits != 10',
  'profile@visits > 10',
  'profile@visits BETWEEN 10 AND 12',
  'profile@visits IN [10, 12, "12"]',
  'profile@score == 0.1',
  'profile@score < 1e21',
  'profile@active == TRUE',
  'profile@active != FALSE',
  'profile@active == NULL',
  'profile@country == "DE"',
  'profile@country == ["DE", "FR"]',
  'profile@country > "DE"',
  'profile@name CONTAINS "\\""',
  'profile@name NOT STARTS WITH "Ana"',
  'profile@name ENDS WITH "é"',
  'profile@name < "😀"',
  'profile@tags CONTAINS "a"',
  'profile@tags == "a"',
  'profile@tags NOT IN ["a", "A"]',
  'profile@traits.city == "Łódź"',
  'profile@traits.none IS NULL',
  'profile@traits.none IS NOT NULL',
  'profile@traits.city EXISTS',
  'profile@traits.city EMPTY',
  'profile@tags EMPTY',
  'profile@metadata.time.create > "2026-01-01"',
  'profile@metadata.time.create == datetime("2026-01-01T00:00:00Z")',
  'profile@metadata.time.visit.last > now.offset("-1d")',
  'profile@metadata.time.visit.last BETWEEN now.offset("-1d") AND now()',
  'profile@metadata.time.create STARTS WITH "2026-01"',
  'profile@metadata.time.create > "yesterday"',
  'NOT (profile@visits > 10 AND (profile@country == "DE" OR profile@active == TRUE))',
  'profile@segments CONTAINS "gold"',
  'profile@segments EMPTY',
];

/** What only the evaluator knows. */
const LEFT_TO_THE_EVALUATOR = [
  'profile@visits > profile@score',
  'lowercase(profile@country) == "de"',
  'datetime(profile@metadata.time.create) > now()',
  'profile@segments.0 == "gold"',
  'profile@segments STARTS WITH "gold"',
];

describe('which conditions are exact', () => {
  let prefix: string;
  let byId: Map<string, Document>;
  beforeAll(async () => {
    const members = ORDINARY.map((document) => ({ ...document, segments: ['gold', 'x'] }));
    ({ prefix, byId } = await load([...ORDINARY, ...members]));
  });

  test.each(EXACT)('%s', async (text) => {
    const condition = aCondition(text);
    const matches = matcher(condition);

    const bounds = await boundsOf(condition, prefix);

    expect(bounds.length).toBe(2 * ORDINARY.length);
    expect(bounds).toEqual(
      bounds.map(({ id }) => {
        const match = matches(byId.get(id) ?? {});
        return { id, lower: match, upper: match };
      }),
    );
  });

  test.each(LEFT_TO_THE_EVALUATOR)('%s is left to the evaluator', async (text) => {
    const bounds = await boundsOf(aCondition(text), prefix);

    expect(bounds.every(({ lower, upper }) => !lower && upper)).toBe(true);
  });

  test('a list of numbers, a list on the way and an unusual date are left to the evaluator, and only they', async () => {
    const odd = await load([
      { visits: [1, 12] },
      { traits: [{ city: 'Łódź' }] },
      { metadata: { time: { create: '2026-01-01T01:00:00+05:30' } } },
      { visits: 11, traits: { city: 'x' }, metadata: { time: { create: '2026-01-03' } } },
    ]);
    const open = async (text: string): Promise<readonly number[]> => {
      const bounds = await boundsOf(aCondition(text), odd.prefix);
      return bounds.flatMap(({ lower, upper }, index) => (lower === upper ? [] : [index]));
    };

    expect(await open('profile@visits > 10')).toEqual([0]);
    expect(await open('profile@traits.city == "Łódź"')).toEqual([1]);
    expect(await open('profile@metadata.time.create > "2026-01-01"')).toEqual([2]);
  });
});
