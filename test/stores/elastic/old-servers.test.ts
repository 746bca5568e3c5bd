import { afterAll, beforeAll, expect, test } from 'vitest';
import { toDateFields } from '../../../src/domain/condition/fields.ts';
import { compileRules } from '../../../src/stores/elastic/brackets/candidates.ts';
import { checkServer } from '../../../src/stores/elastic/server-check.ts';
import { startElasticServer, type ElasticServer } from '../../support/elastic/server.ts';
import { makeBracketedIndex } from '../../support/elastic/bracketed-index.ts';
import { checkSoundness } from '../../support/elastic/soundness.ts';
import { describeWithElastic } from '../../support/elastic.ts';
import { aCondition } from '../builders.ts';
import { aChange, readPages, readRange, shoppers, write } from '../store-under-test.ts';
import { openElastic, testClient } from './elastic-store.ts';

/** What Tracardi 0.8.1 ships with: no product header yet, and no slices of a point in time. */
const VERSION = '7.13.2';

describeWithElastic(`Elasticsearch ${VERSION}`, () => {
  let server: ElasticServer;
  beforeAll(async () => {
    server = await startElasticServer(VERSION, (line) => process.stderr.write(`[elasticsearch] ${line}\n`));
  }, 300_000);
  afterAll(() => server.stop());

  test.each([true, false])('bounds instants before 1970, written plainly: %s', async (plainDocuments) => {
    const client = testClient(server);
    const texts = [
      '1960-01-01',
      '1959-12-31T23:59:59.999Z',
      '1969-12-31T23:59:59.500Z',
      '1970-01-01',
      '2026-01-01',
    ];
    const numbers = [0, -1_000, -10_000, -20_000, -86_400_000, -315_619_200_000, 1_767_225_600_000, null];
    const index = await makeBracketedIndex(
      client,
      [{ mappings: { properties: { b: { type: 'date' } } } }],
      [...texts, ...numbers].map((b) => ({ b })),
      { plainDocuments },
    );
    const ends = ['1960-01-01', '1960-01-01T00:00:00.5Z', '1969-12-31T23:59:45Z', '1970-01-01', '0000-01-01'];
    const conditions = ends.flatMap((end) => [
      ...['<', '<=', '>', '>=', '=='].map((op) => aCondition(`profile@b ${op} datetime("${end}")`)),
      aCondition(`profile@b BETWEEN datetime("${end}") AND datetime("1970-01-01T00:00:00.001Z")`),
    ]);

    const { full } = await checkSoundness(index, conditions);

    expect(index.refused).toBe(0);
    expect(full).toBe(0);
    await client.close();
  });

  test('is asked for the candidates of more segments than one of its queries takes', async () => {
    const client = testClient(server);
    const index = await makeBracketedIndex(
      client,
      [{ mappings: { properties: { country: { type: 'keyword' }, segments: { type: 'keyword' } } } }],
      [{ country: 'c1' }, { country: 'c2', segments: ['v2'] }, { segments: ['v3'] }, {}],
    );
    const rules = Array.from({ length: 600 }, (_, at) => ({
      value: `v${at}`,
      condition: aCondition(`profile@country == "c${at}"`),
      mode: 'sync' as const,
    }));

    const candidates = compileRules(rules, [], {
      fields: index.fields,
      evaluation: { now: 0, dateFields: toDateFields([]) },
    });

    expect(candidates.isOpen).toBe(false);
    expect(await index.idsOf([candidates.query])).toEqual([new Set(['0', '2'])]);
    await client.close();
  });

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
