/** The profiles and the same conditions in each language, for `bench/conditions.ts`. */
export const NOW = Date.parse('2026-11-21T09:00:00Z');
const DAY = 86_400_000;
const COUNTRIES = ['DE', 'AT', 'CH', 'FR', 'US', 'IN'];

/** An alias, because mingo takes records, which an interface is not. */
export type Profile = {
  readonly id: string;
  readonly active: boolean;
  readonly traits: { readonly country: string; readonly language: string; readonly age: number };
  readonly stats: { readonly visits: number; readonly orders: number; readonly spend: number };
  readonly consents: { readonly marketing: boolean };
  readonly metadata: {
    readonly time: { readonly insert: string; readonly visit: { readonly last: string } };
  };
  readonly segments: readonly string[];
};

/** Numbers in [0, 1) that are the same in every run. */
function createRandom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
}

export function createProfiles(count: number): readonly Profile[] {
  const random = createRandom(7);
  const pick = (choices: readonly string[]): string => choices[Math.floor(random() * choices.length)] ?? '';
  return Array.from({ length: count }, (_, index) => {
    const inserted = NOW - random() * 1000 * DAY;
    const profile: Profile = {
      id: `profile-${index}`,
      active: random() < 0.9,
      traits: {
        country: pick(COUNTRIES),
        language: pick(['de', 'en', 'fr']),
        age: Math.floor(16 + random() * 60),
      },
      stats: {
        visits: Math.floor(random() * 40),
        orders: Math.floor(random() * 25),
        spend: Math.round(random() * 200_000) / 100,
      },
      consents: { marketing: random() < 0.8 },
      metadata: {
        time: {
          insert: new Date(inserted).toISOString(),
          visit: { last: new Date(NOW - random() * 120 * DAY).toISOString() },
        },
      },
      segments: random() < 0.3 ? ['newsletter', 'churned'] : ['newsletter'],
    };
    // As documents come from a store.
    const document: Profile = JSON.parse(JSON.stringify(profile));
    return document;
  });
}

export interface Subject {
  readonly name: string;
  readonly condition: string;
  readonly byHand: (profile: Profile) => boolean;
  readonly jsonLogic: object;
  readonly mongo: object;
}

const MONTH_AGO = NOW - 30 * DAY;
const SEASON_AGO = NOW - 90 * DAY;
const GERMAN = new Set(['DE', 'AT', 'CH']);
const variable = (path: string): object => ({ var: path });

/**
 * json-logic-engine gets an operator that reads a date as the closure by hand does; sift and mingo compare the
 * texts, which is less work and here gives the same.
 */
export const SUBJECTS: readonly Subject[] = [
  {
    name: '1 test',
    condition: 'profile@stats.visits > 10',
    byHand: (profile) => profile.stats.visits > 10,
    jsonLogic: { '>': [variable('stats.visits'), 10] },
    mongo: { 'stats.visits': { $gt: 10 } },
  },
  {
    name: '3 tests',
    condition:
      'profile@stats.visits > 10 AND profile@traits.country IN ["DE", "AT", "CH"] ' +
      'AND profile@metadata.time.visit.last > now.offset("-30d")',
    byHand: ({ stats, traits, metadata }) =>
      stats.visits > 10 && GERMAN.has(traits.country) && Date.parse(metadata.time.visit.last) > MONTH_AGO,
    jsonLogic: {
      and: [
        { '>': [variable('stats.visits'), 10] },
        { in: [variable('traits.country'), [...GERMAN]] },
        { '>': [{ instant: variable('metadata.time.visit.last') }, MONTH_AGO] },
      ],
    },
    mongo: {
      'stats.visits': { $gt: 10 },
      'traits.country': { $in: [...GERMAN] },
      'metadata.time.visit.last': { $gt: new Date(MONTH_AGO).toISOString() },
    },
  },
  {
    name: '10 tests',
    condition: `
      profile@active == TRUE AND profile@stats.visits > 2 AND profile@stats.spend >= 100
      AND profile@stats.orders BETWEEN 1 AND 20
      AND (profile@traits.country IN ["DE", "AT", "CH"] OR profile@traits.language == "de")
      AND profile@traits.age >= 18 AND NOT profile@segments CONTAINS "churned"
      AND profile@consents.marketing == TRUE AND profile@metadata.time.visit.last > now.offset("-90d")`,
    byHand: ({ active, stats, traits, segments, consents, metadata }) =>
      active === true &&
      stats.visits > 2 &&
      stats.spend >= 100 &&
      stats.orders >= 1 &&
      stats.orders <= 20 &&
      (GERMAN.has(traits.country) || traits.language === 'de') &&
      traits.age >= 18 &&
      !segments.includes('churned') &&
      consents.marketing === true &&
      Date.parse(metadata.time.visit.last) > SEASON_AGO,
    jsonLogic: {
      and: [
        { '===': [variable('active'), true] },
        { '>': [variable('stats.visits'), 2] },
        { '>=': [variable('stats.spend'), 100] },
        { '<=': [1, variable('stats.orders'), 20] },
        {
          or: [
            { in: [variable('traits.country'), [...GERMAN]] },
            { '===': [variable('traits.language'), 'de'] },
          ],
        },
        { '>=': [variable('traits.age'), 18] },
        { '!': [{ in: ['churned', variable('segments')] }] },
        { '===': [variable('consents.marketing'), true] },
        { '>': [{ instant: variable('metadata.time.visit.last') }, SEASON_AGO] },
      ],
    },
    mongo: {
      active: true,
      'stats.visits': { $gt: 2 },
      'stats.spend': { $gte: 100 },
      'stats.orders': { $gte: 1, $lte: 20 },
      $or: [{ 'traits.country': { $in: [...GERMAN] } }, { 'traits.language': 'de' }],
      'traits.age': { $gte: 18 },
      segments: { $ne: 'churned' },
      'consents.marketing': true,
      'metadata.time.visit.last': { $gt: new Date(SEASON_AGO).toISOString() },
    },
  },
];
