import { afterEach, beforeEach, expect, test } from 'vitest';
import { bucketOf } from '../../../src/stores/elastic/buckets.ts';
import { isWorthAsking } from '../../../src/stores/elastic/page-size.ts';
import { fromRangeText, toRangeText } from '../../../src/stores/elastic/ranges.ts';
import { describeWithElastic } from '../../support/elastic.ts';
import { aCondition, SLOT } from '../builders.ts';
import { readAll, readRange, shoppers } from '../store-under-test.ts';
import { openElastic, type ElasticUnderTest } from './elastic-store.ts';

const everything = {
  runId: 'run-1',
  scan: 'conditions',
  now: Date.parse(SLOT),
  reach: { kind: 'all' },
} as const;

describeWithElastic('scans of our own layout', () => {
  let store: ElasticUnderTest;
  beforeEach(async () => {
    store = await openElastic();
  });
  afterEach(() => store.close());

  test('ranges are buckets that hold about as many candidates each', async () => {
    await store.load(
      shoppers(4_000).map((shopper) => ({ ...shopper, active: bucketOf(shopper.id) < 2_048 })),
    );
    const rules = [{ value: 'gold', condition: aCondition('profile@active == true'), mode: 'sync' as const }];
    const scan = store.profiles.openScan({ ...everything, reach: { kind: 'bracketed', rules } });

    const plan = await scan.plan({ batchCandidates: () => 250, maxBatches: 100 });

    expect(plan.candidates).toBeGreaterThan(1_500);
    expect(plan.candidates).toBeLessThan(2_500);
    const ranges = plan.ranges.map(fromRangeText);
    expect(ranges.length).toBe(Math.ceil(plan.candidates / 250));
    expect(ranges.every(({ kind }) => kind === 'buckets')).toBe(true);
    expect(ranges.reduce((sum, { total }) => sum + total, 0)).toBe(4_000);
    for (const range of plan.ranges) {
      const pages = await readRange(scan, range);
      const met = pages.reduce((sum, { profiles }) => sum + profiles.length, 0);
      expect(Math.abs(met - 250)).toBeLessThan(100);
    }
  });

  test('a range planned without a question is read whole, and says so of what it has passed', async () => {
    await store.load(shoppers(20).map((shopper, index) => ({ ...shopper, active: index < 3 })));
    const rules = [{ value: 'gold', condition: aCondition('profile@active == true'), mode: 'sync' as const }];
    const scan = store.profiles.openScan({ ...everything, reach: { kind: 'bracketed', rules } });
    const { ranges } = await scan.plan({ batchCandidates: () => 1_000, maxBatches: 10 });
    const range = fromRangeText(ranges[0] ?? '');

    const [asked] = await readRange(scan, toRangeText(range));
    const [open] = await readRange(scan, toRangeText({ ...range, isOpen: true }));

    expect(range.isOpen).toBe(false);
    expect([asked?.profiles.length, asked?.passed]).toEqual([3, 20]);
    expect([open?.profiles.length, open?.passed]).toEqual([20, 20]);
  });

  test('pages of whole buckets meet every profile once', async () => {
    await store.load(shoppers(3_000));
    const scan = store.profiles.openScan(everything);
    const { ranges } = await scan.plan({ batchCandidates: () => 5_000, maxBatches: 1 });

    const pages = await readRange(scan, ranges[0] ?? '');

    expect(pages.length).toBeGreaterThan(2);
    expect(pages.flatMap(({ profiles }) => profiles.map(({ id }) => id)).toSorted()).toEqual(
      shoppers(3_000)
        .map(({ id }) => id)
        .toSorted(),
    );
    expect(pages.reduce((sum, { passed }) => sum + passed, 0)).toBe(3_000);
  });

  test('a bucket that holds more than a page is read in parts', async () => {
    await store.load(shoppers(200));
    const crowd = Array.from({ length: 2_600 }, (_, index) => ({ id: `crowd-${index}`, bucket: 7 }));
    const operations = crowd.flatMap((document) => [{ index: { _id: document.id } }, document]);
    await store.client.bulk({ index: store.layout.index, operations, refresh: true });
    const scan = store.profiles.openScan(everything);
    const { ranges } = await scan.plan({ batchCandidates: () => 5_000, maxBatches: 1 });

    const pages = await readRange(scan, ranges[0] ?? '');

    expect(pages.flatMap(({ profiles }) => profiles.map(({ id }) => id)).toSorted()).toEqual(
      [...shoppers(200), ...crowd].map(({ id }) => id).toSorted(),
    );
  });

  test('a document that somebody wrote without a bucket, or without an id, is met by one range more', async () => {
    await store.load(shoppers(20));
    await store.client.index({ index: store.layout.index, id: 'stray', document: { id: 'stray' } });
    await store.client.index({ index: store.layout.index, id: 'nameless', document: { bucket: 7 } });
    const scan = store.profiles.openScan(everything);

    const plan = await scan.plan({ batchCandidates: () => 1_000, maxBatches: 10 });
    const pages = (await Promise.all(plan.ranges.map((range) => readRange(scan, range)))).flat();

    expect(plan).toMatchObject({ profiles: 22, ranges: { length: 2 } });
    expect(pages.flatMap(({ profiles }) => profiles.map(({ id }) => id)).toSorted()).toEqual(
      [...shoppers(20).map(({ id }) => id), 'stray'].toSorted(),
    );
    expect(pages.flatMap(({ setAside }) => setAside)).toEqual([
      { id: 'nameless', reason: '"id" is not a text' },
    ]);
  });

  test('only the fields that the conditions read are read', async () => {
    await store.load([
      { id: 'a', visits: 3, list: [{ deep: 1 }], text: 'long', traits: { plan: 'pro', other: 1 } },
    ]);
    const text = 'profile@visits > 1 AND profile@list.0.deep == 1 AND profile@traits.plan == "pro"';
    const rules = [{ value: 'gold', condition: aCondition(text), mode: 'sync' as const }];

    const [profile] = await readAll(store.profiles, { ...everything, reach: { kind: 'bracketed', rules } });

    expect(profile?.document).toEqual({
      id: 'a',
      visits: 3,
      list: [{ deep: 1 }],
      traits: { plan: 'pro' },
      segments: [],
    });
  });
});

describeWithElastic('scans of an index of somebody else', () => {
  let store: ElasticUnderTest;
  beforeEach(async () => {
    store = await openElastic({
      extra: () => ({}),
      before: (client, index) =>
        client.indices.create({
          index,
          settings: { number_of_shards: '2', number_of_replicas: '0' },
          mappings: { properties: { id: { type: 'keyword' } } },
        }),
    });
  });
  afterEach(() => store.close());

  test('a point in time that is lost in the middle of a range is replaced, and no profile is missed', async () => {
    await store.load(shoppers(6_000));
    const scan = store.profiles.openScan(everything);
    const plan = await scan.plan({ batchCandidates: () => 3_000, maxBatches: 100 });
    const [first = '', ...rest] = plan.ranges;
    const { next } = await scan.readPage(first, null);
    await store.profiles.releaseRanges(plan.ranges);

    const later = store.profiles.openScan(everything);
    const pages = [...(await readRange(later, first, next))];
    for (const range of rest) pages.push(...(await readRange(later, range)));

    expect(plan.ranges.length).toBeGreaterThan(1);
    const met = new Set(pages.flatMap(({ profiles }) => profiles.map(({ id }) => id)));
    expect(met).toEqual(new Set(shoppers(6_000).map(({ id }) => id)));
  });

  test('points in time are given back, those of ranges that share one too', async () => {
    await store.load(shoppers(100));
    const scan = store.profiles.openScan(everything);
    const { ranges } = await scan.plan({ batchCandidates: () => 50, maxBatches: 100 });
    const pits = new Set(ranges.map(fromRangeText).map((range) => (range.kind === 'slice' ? range.pit : '')));

    await store.profiles.releaseRanges(ranges);
    await store.profiles.releaseRanges(ranges);

    const [pit = ''] = pits;
    await expect(store.client.search({ pit: { id: pit } })).rejects.toThrow('search_context_missing');
  });

  test('profiles without an id field are told by their document ids', async () => {
    const other = await openElastic({
      layout: { idField: '_id' },
      extra: () => ({}),
      before: (client, index) => client.indices.create({ index, settings: { number_of_replicas: '0' } }),
    });
    await other.client.index({
      index: other.layout.index,
      id: 'by name',
      document: { visits: 1 },
      refresh: true,
    });

    const read = await readAll(other.profiles);

    expect(read.map(({ id }) => id)).toEqual(['by name']);
    expect(await other.profiles.readProfile('by name')).toMatchObject({ document: { visits: 1 } });
    await other.close();
  });
});

test.each([
  ['one page is asked for whatever it costs', { profiles: 4_999, expected: 4_999, took: 10_000 }, true],
  ['few candidates', { profiles: 1_000_000, expected: 10_000, took: 700 }, true],
  ['nearly all are candidates', { profiles: 1_000_000, expected: 990_000, took: 20 }, false],
  [
    'a third, of a query that goes through all postings',
    { profiles: 1_000_000, expected: 310_000, took: 700 },
    false,
  ],
])('whether a query is worth asking page by page: %s', (_, cost, isWorth) => {
  expect(isWorthAsking(cost)).toBe(isWorth);
});
