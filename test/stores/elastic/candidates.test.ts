import { expect, test } from 'vitest';
import type { BracketRule } from '../../../src/activities/profile-store.ts';
import { compileCondition } from '../../../src/domain/condition/evaluate.ts';
import { toDateFields } from '../../../src/domain/condition/fields.ts';
import { compileFilters, compileRules } from '../../../src/stores/elastic/brackets/candidates.ts';
import type { QueryDsl } from '../../../src/stores/elastic/brackets/query.ts';
import { describeWithElastic } from '../../support/elastic.ts';
import { elasticClient, knownToElastic } from '../../support/elastic/under-test.ts';
import { makeBracketedIndex, type BracketedIndex } from '../../support/elastic/bracketed-index.ts';
import { SLOT } from '../../domain/condition/arbitraries.ts';
import { aCondition } from '../builders.ts';

const OPTIONS = { now: SLOT, dateFields: toDateFields([]) };
const LONG = 'a value longer than the field takes';
const MAPPINGS = {
  properties: {
    country: { type: 'keyword' },
    age: { type: 'integer' },
    segments: { type: 'keyword', ignore_above: 16 },
  },
};

function aRule(condition: string, overrides: Partial<BracketRule> = {}): BracketRule {
  return { value: 'gold', condition: aCondition(condition), mode: 'sync', ...overrides };
}

/** Every combination of a country, an age and a membership. */
const DOCUMENTS = ['DE', 'FR', null].flatMap((country) =>
  [9, 30, '30'].flatMap((age) =>
    [[], ['gold'], ['silver'], [LONG], ['gold', LONG]].map((segments) => ({ country, age, segments })),
  ),
);

const client = elasticClient();

function making(): Promise<BracketedIndex> {
  return makeBracketedIndex(client, [{ mappings: MAPPINGS }], DOCUMENTS);
}

/** Whom a run changes by these rules. */
function changing(index: BracketedIndex, rules: readonly BracketRule[]): ReadonlySet<string> {
  const compiled = rules.map((rule) => ({ ...rule, matches: compileCondition(rule.condition, OPTIONS) }));
  const ids = [...index.taken].flatMap(([id, document]) => {
    const segments = document['segments'];
    const isChanged = compiled.some(({ matches, value, mode }) => {
      const isIn = Array.isArray(segments) && segments.includes(value);
      const match = matches({ profile: document }, { mismatches: 0 });
      return match !== isIn && (match || mode === 'sync');
    });
    return isChanged ? [id] : [];
  });
  return new Set(ids);
}

async function candidatesOf(
  index: BracketedIndex,
  rules: readonly BracketRule[],
): Promise<ReadonlySet<string>> {
  const { query } = compileRules(rules, [], { fields: index.fields, evaluation: OPTIONS });
  const [ids] = await index.idsOf([query]);
  return ids ?? new Set();
}

function depthOf(query: unknown): number {
  if (typeof query !== 'object' || query === null) return 0;
  const own = Array.isArray(query) ? 0 : 1;
  return own + Math.max(0, ...Object.values(query).map(depthOf));
}

function leavesOf(query: QueryDsl): number {
  const text = JSON.stringify(query);
  return text.match(/"(term|terms|range|exists|prefix|wildcard|match_all|match_none)":/g)?.length ?? 0;
}

describeWithElastic('the candidates of a scan', () => {
  test('are just those who enter or leave where the conditions are exact', async () => {
    const index = await making();
    const rules = [aRule('profile@country == "DE"'), aRule('profile@country != "DE"', { value: 'silver' })];

    const candidates = await candidatesOf(index, rules);

    expect(candidates).toEqual(changing(index, rules));
  });

  test('leave out members where nobody is ever removed', async () => {
    const index = await making();
    const rules = [aRule('profile@country == "DE"', { mode: 'add' })];

    const candidates = await candidatesOf(index, rules);

    expect(candidates).toEqual(changing(index, rules));
    expect([...candidates].some((id) => JSON.stringify(index.taken.get(id)).includes('gold'))).toBe(false);
  });

  test('hold all who change where a condition is only bounded', async () => {
    const index = await making();
    const rules = [aRule('profile@age > 10')];

    const candidates = await candidatesOf(index, rules);

    for (const id of changing(index, rules)) expect(candidates).toContain(id);
    expect(candidates.size).toBeLessThan(index.taken.size);
  });

  test('hold all who may carry a value that the field of the membership leaves out', async () => {
    const index = await making();
    const rules = [aRule('profile@country == "DE"', { value: LONG })];

    const candidates = await candidatesOf(index, rules);

    for (const id of changing(index, rules)) expect(candidates).toContain(id);
    // Older servers keep no note of what they leave out.
    expect(candidates.size < index.taken.size).toBe(knownToElastic({ since: [7, 17] }));
  });

  test('are everybody where a condition needs a full scan, and then there is nothing to ask', async () => {
    const index = await making();

    expect(
      compileRules([aRule('profile@country == NULL')], [], { fields: index.fields, evaluation: OPTIONS }),
    ).toEqual({
      query: { match_all: {} },
      isOpen: true,
    });
  });

  test('of filters are all that some filter may admit', async () => {
    const index = await making();

    const { query, isOpen } = compileFilters(
      [aCondition('profile@country == "DE"'), aCondition('profile@age > 10')],
      index.fields,
      OPTIONS,
    );
    const [ids] = await index.idsOf([query]);

    expect(isOpen).toBe(false);
    expect([...(ids ?? [])].map((id) => index.taken.get(id)?.['country'])).toContain('DE');
    expect(compileFilters([null], index.fields, OPTIONS).isOpen).toBe(true);
  });

  test('keep to the clauses of one request however many conditions share it, and stay right', async () => {
    const index = await making();
    const many = Array.from({ length: 150 }, (_, segment) => {
      const tests = Array.from({ length: 60 }, (_unused, at) => `profile@age != ${segment * 100 + at}`);
      return aRule(`profile@country == "DE" AND ${tests.join(' AND ')}`, { value: `s${segment}` });
    });
    const { query } = compileRules(many, [], { fields: index.fields, evaluation: OPTIONS });

    const candidates = await candidatesOf(index, many);

    expect(leavesOf(query)).toBeLessThan(4_200);
    for (const id of changing(index, many)) expect(candidates).toContain(id);
    expect(candidates.size).toBeLessThan(index.taken.size);
  });

  test('stay far below the depth that the server takes', async () => {
    const index = await making();
    const deep = Array.from({ length: 40 }).reduce<string>(
      (inner, _, level) => `(profile@country == "${level}" ${level % 2 === 0 ? 'AND' : 'OR'} NOT ${inner})`,
      'profile@country == "DE"',
    );
    const rules = [aRule(deep)];

    const candidates = await candidatesOf(index, rules);

    expect(
      depthOf(compileRules(rules, [], { fields: index.fields, evaluation: OPTIONS }).query),
    ).toBeLessThan(60);
    for (const id of changing(index, rules)) expect(candidates).toContain(id);
  });

  test('of a list of thousands are one question', async () => {
    const index = await making();
    const list = Array.from({ length: 4_000 }, (_, at) => `"c${at}"`).join(', ');
    const { query } = compileRules([aRule(`profile@country IN [${list}, "DE"]`)], [], {
      fields: index.fields,
      evaluation: OPTIONS,
    });

    const [ids] = await index.idsOf([query]);

    expect(leavesOf(query)).toBeLessThan(10);
    expect(ids).toEqual(changing(index, [aRule('profile@country == "DE"')]));
  });
});
