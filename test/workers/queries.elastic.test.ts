import type { Client } from '@elastic/elasticsearch';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { DefinitionSource } from '../../src/domain/definition.ts';
import type { RunRecord } from '../../src/domain/run.ts';
import { describeWithElastic, uniqueIndex } from '../support/elastic.ts';
import { startMeddled, type MeddledStrata } from '../support/elastic/meddled.ts';

const PROFILES = 2_000;
const COUNTRIES = ['DE', 'AT', 'FR', 'CH'];

const QUERIES = {
  germans: 'country:DE AND rank:[100 TO 1500]',
  visited: 'country:(AT OR FR) AND NOT visits:0',
  mailed: '_exists_:mail OR country:C*',
};
const DEFINITIONS: readonly DefinitionSource[] = [
  live('germans', `query: "${QUERIES.germans}"`),
  live('visited', `query: "${QUERIES.visited}"`),
  live('mailed', `query: "${QUERIES.mailed}"\nmode: add`),
  live('gold', 'condition: profile@rank < 500'),
  live(
    'star',
    'workflow:\n  steps:\n    - when: profile@visits >= 4\n      then: [{ add: star }]\n      else: [{ remove: star }]',
  ),
];

/** Once a year: a run of the schedule would be for a newer slot than those of the tests, and supersede them. */
function live(id: string, rest: string): DefinitionSource {
  return { file: `${id}.yaml`, content: `id: ${id}\nkind: live\ncron: '0 3 1 1 *'\n${rest}\n` };
}

function nameOf(rank: number): string {
  return `p-${String(rank).padStart(5, '0')}`;
}

describeWithElastic('query segments', () => {
  const index = uniqueIndex('queried');
  let strata: MeddledStrata;
  let client: Client;

  beforeAll(async () => {
    strata = await startMeddled(index);
    client = strata.elastic;
    await strata.stores.putProfiles(
      Array.from({ length: PROFILES }, (_, rank) => ({
        id: nameOf(rank),
        rank,
        country: COUNTRIES[rank % COUNTRIES.length],
        visits: rank % 7,
        ...(rank % 11 === 0 ? { mail: `${rank}@example.com` } : {}),
        segments: rank % 50 === 0 ? ['germans', 'mailed', 'of somebody else'] : [],
      })),
    );
    await strata.apply(DEFINITIONS);
  });

  afterAll(() => strata.stop());

  async function find(query: string): Promise<readonly string[]> {
    const { hits } = await client.search({ index, q: query, size: 10_000, _source: false });
    return hits.hits.map(({ _id }) => String(_id)).toSorted();
  }

  async function membersOf(value: string): Promise<readonly string[]> {
    return strata.stores.profiles.readMembers([value], { limit: 10_000 });
  }

  async function changesOf(value: string, { runId }: RunRecord) {
    const lines = await strata.stores.ledger.readChanges({ values: [value], runId, limit: 10_000 });
    const of = (kind: 'entered' | 'left') =>
      lines.flatMap(({ profileId, change }) => (change === kind ? [profileId] : [])).toSorted();
    return { entered: of('entered'), left: of('left') };
  }

  async function change(ranks: readonly number[], doc: Record<string, unknown>): Promise<void> {
    await client.bulk({
      index,
      operations: ranks.flatMap((rank) => [{ update: { _id: nameOf(rank) } }, { doc }]),
    });
  }

  function minus(from: readonly string[], others: readonly string[]): readonly string[] {
    const taken = new Set(others);
    return from.filter((id) => !taken.has(id));
  }

  /** Whether every value is where a direct search says, and the log of the run tells just that. */
  async function expectRight(run: RunRecord, before: ReadonlyMap<string, readonly string[]>): Promise<void> {
    await client.indices.refresh({ index });
    for (const [value, query] of [
      ['germans', QUERIES.germans],
      ['visited', QUERIES.visited],
      ['gold', 'rank:<500'],
      ['star', 'visits:>=4'],
    ] as const) {
      const found = await find(query);
      const had = before.get(value) ?? [];
      expect(found.length, value).toBeGreaterThan(100);
      expect(await membersOf(value), value).toEqual(found);
      expect(await changesOf(value, run), value).toEqual({
        entered: minus(found, had),
        left: minus(had, found),
      });
    }
    const found = await find(QUERIES.mailed);
    const had = before.get('mailed') ?? [];
    expect(await membersOf('mailed')).toEqual([...new Set([...had, ...found])].toSorted());
    expect(await changesOf('mailed', run)).toEqual({ entered: minus(found, had), left: [] });
    expect(await membersOf('of somebody else')).toHaveLength(PROFILES / 50);
  }

  async function readMembership(): Promise<ReadonlyMap<string, readonly string[]>> {
    await client.indices.refresh({ index });
    const values = ['germans', 'visited', 'mailed', 'gold', 'star'];
    return new Map(await Promise.all(values.map(async (value) => [value, await membersOf(value)] as const)));
  }

  test('enter and leave as a direct search says, beside conditions and a workflow, run after run', async () => {
    const before = await readMembership();
    const first = await strata.run({ slot: '2026-11-20T09:00:00.000Z' });
    await expectRight(first, before);

    const between = await readMembership();
    await change([104, 108, 1_400, 1_401], { country: 'FR', visits: 5 });
    await change([101, 105, 1_403], { country: 'DE', visits: 0, mail: 'new@example.com' });
    const audit = await strata.run({ slot: '2026-11-20T10:00:00.000Z', mode: 'audit' });
    const second = await strata.run({ slot: '2026-11-20T10:00:00.000Z' });
    await expectRight(second, between);

    expect([first, audit, second].map(({ state }) => state)).toEqual(Array(3).fill('completed'));
    // The one that only becomes a star changes by the workflow, which an audit leaves out.
    expect(audit.totals).toMatchObject({ drift: 0, changed: 6 });
    expect(await readMembership()).not.toEqual(between);
  });

  test('a profile that another writer changes meanwhile is asked again, whichever way its verdict turns', async () => {
    const before = await readMembership();
    await change([200, 204, 208, 212], { country: 'AT' });
    await change([201, 205, 209, 213], { country: 'DE' });
    strata.meddle(async ({ scan }) => {
      if (scan !== 'conditions') return;
      strata.meddle(async () => undefined);
      // Not refreshed: a search does not see it before somebody asks for that.
      await change([200, 204], { country: 'DE' });
      await change([201, 205], { country: 'CH' });
    });
    const run = await strata.run({ slot: '2026-11-20T11:00:00.000Z' });

    expect(run.totals?.conflicts).toBe(4);
    await expectRight(run, before);
    expect(await membersOf('germans')).toEqual(expect.arrayContaining(['p-00200', 'p-00204', 'p-00209']));
    expect(await membersOf('mailed')).toEqual(expect.arrayContaining(['p-00201', 'p-00205']));
  });

  test('one that the server refuses is left out with the reason, keeps its members, and the others run', async () => {
    const before = await membersOf('germans');
    await change([300, 304], { country: 'FR', visits: 3 });
    await strata.apply([live('germans', 'query: "country:DE AND rank:many"'), ...DEFINITIONS.slice(1)]);

    const run = await strata.run({ slot: '2026-11-20T12:00:00.000Z' });

    expect(run).toMatchObject({
      state: 'completed',
      segmentIds: ['visited', 'mailed', 'gold', 'star'].toSorted(),
      leftOut: [
        { id: 'germans', reason: expect.stringMatching(/^Elasticsearch refuses its query: .*"many"/) },
      ],
    });
    expect(await membersOf('germans')).toEqual(before);
    expect(await membersOf('visited')).toEqual(await find(QUERIES.visited));
    await expect(strata.run({ slot: '2026-11-20T12:00:00.000Z', segmentIds: ['germans'] })).rejects.toThrow(
      /Segment "germans" is not computed: Elasticsearch refuses its query/,
    );
    await strata.apply(DEFINITIONS);
  });

  test('is explained by yes or no, and listed with its schedule', async () => {
    const [member = ''] = await find(QUERIES.germans);
    const slot = '2026-11-20T12:00:00.000Z';

    expect(await strata.stores.operations.explain('germans', member, { slot })).toMatchObject({
      conditions: [],
      query: { text: QUERIES.germans, matches: true },
    });
    expect(await strata.stores.operations.explain('germans', nameOf(1), { slot })).toMatchObject({
      query: { matches: false },
    });
    const segments = await strata.stores.operations.segments();
    expect(segments.find(({ id }) => id === 'germans')).toMatchObject({
      schedule: expect.any(String),
      members: (await membersOf('germans')).length,
    });
  });
});
