import { afterAll, beforeAll, expect, test } from 'vitest';
import { checkServer } from '../../../src/stores/elastic/server-check.ts';
import { startElasticServer, type ElasticServer } from '../../support/elastic/server.ts';
import { describeWithElastic } from '../../support/elastic.ts';
import { aChange, readPages, readRange, shoppers, write } from '../profile-store.contract.ts';
import { openElastic } from './elastic-store.ts';

/** What Tracardi 0.8.1 ships with: no product header yet, and no slices of a point in time. */
const VERSION = '7.13.2';

describeWithElastic(`Elasticsearch ${VERSION}`, () => {
  let server: ElasticServer;
  beforeAll(async () => {
    server = await startElasticServer(VERSION, (line) => process.stderr.write(`[elasticsearch] ${line}\n`));
  }, 300_000);
  afterAll(() => server.stop());

  test.each(['our own layout', 'somebody else'])('keeps the profiles of an index of %s', async (kind) => {
    const isOurs = kind === 'our own layout';
    const store = await openElastic({
      server,
      ...(isOurs
        ? {}
        : {
            extra: () => ({}),
            before: (client, index) =>
              client.indices.create({
                index,
                settings: { number_of_shards: '2', number_of_replicas: '0' },
                mappings: { properties: { id: { type: 'keyword' } } },
              }),
          }),
    });
    expect(await checkServer(store.client)).toBe(VERSION);
    await store.load(shoppers(500));
    const scan = store.profiles.openScan({
      runId: 'run-1',
      scan: 'conditions',
      now: 0,
      reach: { kind: 'all' },
    });
    const { ranges } = await scan.plan({ batchCandidates: () => 100, maxBatches: 10 });
    const pages = (await Promise.all(ranges.map((range) => readRange(scan, range)))).flat();
    const read = pages.flatMap(({ profiles }) => profiles);

    const outcome = await write(
      store.profiles,
      read.map((profile) => aChange(profile, ['gold'])),
    );
    const again = await readPages(store.profiles);

    expect(ranges.length).toBeGreaterThan(1);
    expect(new Set(read.map(({ id }) => id)).size).toBe(500);
    expect(outcome).toMatchObject({ kind: 'written', written: 500, conflicts: [], refused: [] });
    expect(again.flatMap(({ profiles }) => profiles).every(({ settled }) => settled)).toBe(true);
    expect(await store.profiles.countMembers([['gold']])).toEqual([500]);
    expect((await store.profiles.readMembers(['gold'], { limit: 2 })).length).toBe(2);
    expect(await store.ledger.countChanges('run-1')).toEqual([{ value: 'gold', entered: 500, left: 0 }]);
    await store.profiles.releaseRanges(ranges);
    await store.close();
  });
});
