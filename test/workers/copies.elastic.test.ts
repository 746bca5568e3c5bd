import type { Client } from '@elastic/elasticsearch';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { readConfig } from '../../src/config.ts';
import type { RunRecord } from '../../src/domain/run.ts';
import { allowWrites, connectElastic } from '../../src/workers/open-profiles.ts';
import { createMonth, tracardiProfile } from '../stores/elastic/tracardi-index.ts';
import { describeWithTemporalAndElastic, sharedElastic, uniqueIndex } from '../support/elastic.ts';
import { startInProcess, type InProcess } from '../support/in-process.ts';

/** More than a page, so that the copies of most ids are on two. */
const OTHERS = 5_500;
const COPIED = 30;

const DEFINITIONS = [
  {
    file: 'gold.yaml',
    content: 'id: gold\nkind: live\ncron: "0 3 1 1 *"\ncondition: profile@traits.orders > 10\n',
  },
  {
    file: 'star.yaml',
    content:
      'id: star\nkind: live\ncron: "0 3 1 1 *"\nworkflow:\n  steps:\n    - when: profile@traits.orders > 10\n      then: [{ add: star }]\n      else: [{ remove: star }]\n',
  },
];

const [OLD, NEW] = ['2026-10-05T08:30:00', '2026-11-01T09:00:00'];

describeWithTemporalAndElastic('ids that live in two months, on different pages of a run', () => {
  const alias = uniqueIndex('01506.tracardi-profile');
  const env = { ELASTIC_HOST: sharedElastic().url, ELASTIC_LAYOUT: 'tracardi', ELASTIC_PROFILE_INDEX: alias };
  let client: Client;
  let months: readonly string[];
  let strata: InProcess;

  beforeAll(async () => {
    client = connectElastic(readConfig(env));
    months = [await createMonth(client, alias, '2026-9'), await createMonth(client, alias, '2026-10')];
    for (const [month, index] of months.entries()) {
      const documents = Array.from({ length: OTHERS }, (_, rank) =>
        profile(`${month}-${rank}`, { orders: rank % 20, update: OLD }),
      );
      // Of even ones the first month's copy is the newer, of odd ones the second's; it alone has many orders in a third.
      const copies = Array.from({ length: COPIED }, (_, rank) => {
        const isNewer = rank % 2 === month;
        const orders = (rank % 3 === 0) === isNewer ? 20 : 1;
        return profile(copyId(rank), { orders, update: isNewer ? NEW : OLD });
      });
      const operations = [...documents, ...copies].flatMap((document) => [
        { index: { _id: String(document['id']) } },
        document,
      ]);
      const { errors } = await client.bulk({ index, operations, refresh: true });
      expect(errors).toBe(false);
    }
    strata = await startInProcess({ env });
    await allowWrites(readConfig({ ...env, STRATA_ENV: strata.environment }));
    await strata.apply(DEFINITIONS);
  });

  afterAll(async () => {
    await strata.stop();
    await client.indices.delete({ index: [...months] });
    await client.close();
  });

  function profile(id: string, given: { readonly orders: number; readonly update: string }) {
    return tracardiProfile(id, {
      traits: { orders: given.orders },
      metadata: { time: { update: given.update } },
      segments: [],
    });
  }

  function copyId(rank: number): string {
    return `copied-${String(rank).padStart(2, '0')}`;
  }

  async function segmentsOf(rank: number, month: number): Promise<readonly string[]> {
    const { _source } = await client.get<{ segments: string[] }>({
      index: months[month] ?? '',
      id: copyId(rank),
    });
    return _source?.segments.toSorted() ?? [];
  }

  const RANKS = Array.from({ length: COPIED }, (_, rank) => rank);
  const MEMBERS = (2 * OTHERS * 9) / 20 + COPIED / 3;

  function numbersOf({ segments }: RunRecord) {
    return segments.map(({ id, entered, left }) => ({ id, entered, left }));
  }

  test('the copy that was updated last decides, and the other one is left as it is', async () => {
    const counted = await strata.run({ slot: '2026-11-20T09:00:00.000Z', mode: 'count' });
    const run = await strata.run({ slot: '2026-11-20T09:00:00.000Z' });

    const entered = ['gold', 'star'].map((id) => ({ id, entered: MEMBERS, left: 0 }));
    expect(numbersOf(counted)).toEqual(entered);
    expect(numbersOf(run)).toEqual(entered);
    expect(run).toMatchObject({ state: 'completed', totals: { drift: 0 } });
    for (const rank of RANKS) {
      const newer = rank % 2;
      expect(await segmentsOf(rank, newer), `newer ${rank}`).toEqual(rank % 3 === 0 ? ['gold', 'star'] : []);
      expect(await segmentsOf(rank, 1 - newer), `older ${rank}`).toEqual([]);
    }
    // Those of two thirds would have entered, once by each scan; of those on one page all are set aside.
    expect(run.totals?.setAside).toBeGreaterThanOrEqual((2 * COPIED * 2) / 3);
    const lines = await strata.stores.ledger.readChanges({
      values: ['gold'],
      runId: run.runId,
      limit: 10_000,
    });
    expect(
      lines.filter(({ profileId }) => profileId.startsWith('copied')).map(({ profileId }) => profileId),
    ).toEqual(expect.arrayContaining(RANKS.filter((rank) => rank % 3 === 0).map(copyId)));
    expect(lines).toHaveLength(MEMBERS);
  });

  test('once the other copy is updated, it decides', async () => {
    const [month = ''] = months;
    await client.update({
      index: month,
      id: copyId(1),
      doc: { metadata: { time: { update: '2026-11-02T00:00:00' } } },
      refresh: true,
    });
    const audit = await strata.run({ slot: '2026-11-20T10:00:00.000Z', mode: 'audit' });
    const run = await strata.run({ slot: '2026-11-20T10:00:00.000Z' });

    expect(audit.totals).toMatchObject({ drift: 0, changed: 1 });
    expect(run.totals).toMatchObject({ changed: 2 });
    expect(await segmentsOf(1, 0)).toEqual(['gold', 'star']);
  });
});
