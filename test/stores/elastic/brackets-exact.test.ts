import { describe, expect, test } from 'vitest';
import { toDateFields } from '../../../src/domain/condition/fields.ts';
import { compileBracket } from '../../../src/stores/elastic/brackets/compile.ts';
import { explainPlan } from '../../../src/stores/elastic/brackets/explain-plan.ts';
import { readIndexFields } from '../../../src/stores/elastic/brackets/read-index-fields.ts';
import { SLOT } from '../../domain/condition/arbitraries.ts';
import { aCondition } from '../builders.ts';

const OPTIONS = { now: SLOT, dateFields: toDateFields(['metadata.time.*']) };

const MAPPINGS = {
  properties: {
    country: { type: 'keyword', ignore_above: 64 },
    name: { type: 'text', fields: { keyword: { type: 'keyword', ignore_above: 256 } } },
    bio: { type: 'text' },
    visits: { type: 'long' },
    age: { type: 'integer', coerce: false },
    ratio: { type: 'double', coerce: false },
    score: { type: 'float', coerce: false },
    active: { type: 'boolean' },
    segments: { type: 'keyword', ignore_above: 64 },
    traits: { properties: { city: { type: 'keyword' }, points: { type: 'integer' } } },
    stats: { type: 'flattened' },
    misc: { type: 'object', enabled: false },
    metadata: { properties: { time: { properties: { create: { type: 'date' } } } } },
  },
} as const;

function fieldsOf(plainDocuments: boolean): ReturnType<typeof readIndexFields> {
  return readIndexFields([{ mappings: MAPPINGS, settings: { 'index.version.created': '8536000' } }], {
    plainDocuments,
    allowsExpensive: true,
    withheld: [],
    segmentsField: 'segments',
  });
}

/** This list is short and true: whatever the documents are, these need no evaluator. */
const EXACT = [
  'profile@country == "DE"',
  'profile@country != "DE"',
  'profile@country IN ["DE", "FR"]',
  'profile@country NOT IN ["DE", "FR"]',
  'profile@name == "Ana"',
  'profile@age == 30',
  'profile@age > 30',
  'profile@age BETWEEN 18 AND 65',
  'profile@age NOT IN [18, 65.5]',
  'profile@age == "30"',
  'profile@ratio >= 0.5',
  'profile@unheardof == "x"',
  'profile@segments CONTAINS "gold"',
  'profile@segments NOT CONTAINS "gold"',
  'profile@segments == "7"',
  'profile@segments EMPTY',
  'profile@segments EXISTS',
  'now() > datetime("2026-01-01")',
  'profile@country == "DE" AND NOT (profile@age > 30 OR profile@segments CONTAINS "gold")',
];

/** Exact where the writers keep to the mapping. */
const EXACT_OF_PLAIN_DOCUMENTS = [
  'profile@country == "7"',
  'profile@visits > 10',
  'profile@visits NOT IN [1, 2]',
  'profile@active == TRUE',
  'profile@active != FALSE',
  'profile@traits.city == "Łódź"',
  'profile@traits.points < 1e30',
  'profile@metadata.time.create > now.offset("-30d")',
  'profile@metadata.time.create < now.offset("-30d")',
  'datetime(profile@metadata.time.create) <= now()',
  'profile@metadata.time.create BETWEEN "2026-01-01" AND "2026-01-31"',
  'profile@visits >= 10 AND (profile@active == TRUE OR profile@traits.city == "Łódź")',
];

const BOUNDED = [
  'profile@country == "7"',
  'profile@country > "DE"',
  'profile@country CONTAINS "D"',
  'profile@country STARTS WITH "D"',
  'profile@country == 7',
  'profile@country EXISTS',
  'profile@country IS NULL',
  'profile@country IS NOT NULL',
  'profile@country EMPTY',
  'profile@bio == "New York"',
  'profile@visits > 10',
  'profile@score > 0.1',
  'profile@active == TRUE',
  'profile@traits.city == "Łódź"',
  'profile@stats.visits > 10',
  'profile@metadata.time.create > now.offset("-30d")',
  'lowercase(profile@country) == "de"',
  'profile@country == profile@traits.city',
  'profile@country == "DE" AND profile@misc.x == 1',
  'profile@country == "DE" OR profile@misc.x == 1',
];

const FULL = [
  'profile@country == NULL',
  'profile@country != NULL',
  'profile@misc.x == 1',
  'profile@traits EXISTS',
  'profile@traits.city EXISTS',
  'NOT profile@misc.x == 1',
];

describe('which conditions are exact', () => {
  test.each(EXACT)('%s', (text) => {
    expect(compileBracket(aCondition(text), fieldsOf(false), OPTIONS)).toMatchObject({
      reach: 'exact',
      reasons: [],
    });
  });

  test.each(EXACT_OF_PLAIN_DOCUMENTS)('%s, of plain documents', (text) => {
    expect(compileBracket(aCondition(text), fieldsOf(true), OPTIONS)).toMatchObject({
      reach: 'exact',
      reasons: [],
    });
  });

  test.each(BOUNDED)('%s is bounded, with a reason', (text) => {
    const { reach, reasons } = compileBracket(aCondition(text), fieldsOf(false), OPTIONS);

    expect(reach).toBe('bounded');
    expect(reasons.length).toBeGreaterThan(0);
  });

  test.each(FULL)('%s is a full scan, with a reason', (text) => {
    const { reach, reasons, upper, lower } = compileBracket(aCondition(text), fieldsOf(false), OPTIONS);

    expect({ reach, upper, lower }).toEqual({
      reach: 'full',
      upper: { match_all: {} },
      lower: { match_none: {} },
    });
    expect(reasons.length).toBeGreaterThan(0);
  });
});

describe('the plan of a condition', () => {
  const planOf = (text: string): ReturnType<typeof explainPlan> =>
    explainPlan(aCondition(text), fieldsOf(false), OPTIONS, 'sync');

  test('tells of each part how far the index decides it, and why no further', () => {
    expect(planOf('profile@country == "DE" AND NOT (profile@visits > 10 OR profile@misc.x == 1)')).toEqual({
      reach: 'bounded',
      evaluates: 'every member, and profiles outside that may match',
      parts: [
        { depth: 0, text: 'all of', reach: 'bounded', reasons: [] },
        { depth: 1, text: 'profile@country == "DE"', reach: 'exact', reasons: [] },
        { depth: 1, text: 'not', reach: 'full', reasons: [] },
        { depth: 2, text: 'any of', reach: 'full', reasons: [] },
        {
          depth: 3,
          text: 'profile@visits > 10',
          reach: 'bounded',
          reasons: ['texts such as "12" are indexed as numbers, fractions are cut off'],
        },
        {
          depth: 3,
          text: 'profile@misc.x == 1',
          reach: 'full',
          reasons: ['the index does not look inside misc'],
        },
      ],
    });
  });

  test.each([
    ['profile@country == "DE"', 'profiles that enter or leave, and no others'],
    ['profile@misc.x == 1', 'every profile'],
    ['profile@visits > 10', 'every member, and profiles outside that may match'],
    [
      'profile@visits <= 10 OR profile@country EXISTS',
      'every profile outside of the segment, and members that may leave',
    ],
    ['profile@score > 0.1', 'profiles of which the index is not sure'],
  ])('of %s says that a run evaluates %s', (text, evaluates) => {
    expect(planOf(text).evaluates).toBe(evaluates);
  });

  test.each([
    ['add', 'profile@country == "DE"', 'profiles that enter, and no others'],
    ['add', 'profile@visits > 10', 'profiles outside of the segment that may match'],
    ['add', 'profile@misc.x == 1', 'every profile outside of the segment'],
    ['filter', 'profile@country == "DE"', 'profiles that the filter may let through'],
    ['filter', 'profile@visits <= 10 OR profile@country EXISTS', 'every profile'],
  ] as const)('of a condition used as %s, %s, says that a run evaluates %s', (use, text, evaluates) => {
    expect(explainPlan(aCondition(text), fieldsOf(false), OPTIONS, use).evaluates).toBe(evaluates);
  });
});
