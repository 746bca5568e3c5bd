import { afterEach, beforeEach, expect, test } from 'vitest';
import { findDuplicates } from '../../../src/stores/elastic/duplicates.ts';
import { tracardiLayout } from '../../../src/stores/elastic/layout.ts';
import { tracardiAlias } from '../../../src/stores/elastic/tracardi-names.ts';
import { describeWithElastic, uniqueIndex } from '../../support/elastic.ts';
import { aCondition, SLOT } from '../builders.ts';
import { aChange, everything, readAll, write } from '../store-under-test.ts';
import { openElastic, type ElasticUnderTest } from './elastic-store.ts';
import { createMonth, tracardiProfile } from './tracardi-index.ts';

test.each([
  [{ production: false, tenant: undefined, version: '08x' }, '01506.tracardi-profile'],
  [{ production: true, tenant: undefined, version: '08x' }, 'prod-01506.tracardi-profile'],
  [{ production: true, tenant: 'acme', version: '08x' }, 'prod-acme.tracardi-profile'],
  [{ production: false, tenant: undefined, version: '09x' }, '09x.8504a.tracardi-profile'],
])('the alias of %j is %s', (installation, alias) => {
  expect(tracardiAlias(installation, 'profile')).toBe(alias);
});

describeWithElastic('a Tracardi installation', () => {
  let store: ElasticUnderTest;
  let months: readonly string[];
  beforeEach(async () => {
    const alias = uniqueIndex('prod-01506.tracardi-profile');
    store = await openElastic({
      index: alias,
      layout: tracardiLayout({ index: alias, segmentsField: 'segments' }),
      before: async (client) => {
        months = [await createMonth(client, alias, '2026-9'), await createMonth(client, alias, '2026-10')];
      },
    });
  });
  afterEach(() => store.close());

  async function save(index: string, document: Record<string, unknown>): Promise<void> {
    await store.client.index({ index, id: String(document['id']), document, refresh: true });
  }

  test('a profile is changed in the month it lives in, and nothing else of it is touched', async () => {
    const [september = '', october = ''] = months;
    await save(september, tracardiProfile('a'));
    await save(october, tracardiProfile('b', { segments: [] }));
    const read = await readAll(store.profiles);
    expect(read.map(({ id }) => id).toSorted()).toEqual(['a', 'b']);

    const outcome = await write(
      store.profiles,
      read.map((profile) => aChange(profile, ['Frequent visitor'])),
    );

    expect(outcome).toMatchObject({ kind: 'written', written: 2, conflicts: [], refused: [] });
    const { _source: a } = await store.client.get<Record<string, unknown>>({ index: september, id: 'a' });
    const before = tracardiProfile('a');
    expect(a).toEqual({
      ...before,
      segments: ['foreign', 'Frequent visitor'],
      metadata: {
        ...(before['metadata'] as object),
        time: {
          ...(before['metadata'] as Record<string, object>)['time'],
          segmentation: expect.stringMatching(/^\d{4}-\d\d-\d\dT.*Z$/) as unknown,
        },
        aux: {
          note: 'kept',
          strata: { run: 'run-1', scans: ['conditions'], entered: ['Frequent visitor'], left: [] },
        },
      },
    });
    expect(await store.profiles.countMembers([['Frequent visitor'], ['foreign']])).toEqual([2, 1]);
    expect(await store.profiles.readMembers(['Frequent visitor'], { limit: 5 })).toEqual(['a', 'b']);
  });

  test('a member that lives in two months is listed once', async () => {
    const [september = '', october = ''] = months;
    for (const month of [september, october]) await save(month, tracardiProfile('a', { segments: ['gold'] }));
    await save(october, tracardiProfile('b', { segments: ['gold'] }));

    expect(await store.profiles.readMembers(['gold'], { limit: 2 })).toEqual(['a', 'b']);
  });

  test('conditions on flattened, dynamic and date fields offer every profile whose membership is wrong', async () => {
    const [september = '', october = ''] = months;
    for (let index = 0; index < 40; index += 1) {
      const stats = { visits: index };
      const traits = { plan: index % 3 === 0 ? 'pro' : 'free', orders: index % 7 };
      const segments = index % 4 === 0 ? ['gold'] : [];
      await save(
        index % 2 === 0 ? september : october,
        tracardiProfile(`p-${index}`, { stats, traits, segments }),
      );
    }
    const text =
      'profile@stats.visits > 9 AND profile@traits.plan == "pro" AND profile@metadata.time.visit.last > datetime("2026-01-01")';
    const rules = [{ value: 'gold', condition: aCondition(text), mode: 'sync' as const }];
    const request = { runId: 'run-1', scan: 'conditions', now: Date.parse(SLOT) } as const;

    const offered = await readAll(store.profiles, { ...request, reach: { kind: 'bracketed', rules } });

    const wrong = Array.from({ length: 40 }, (_, index) => index)
      .filter((index) => (index > 9 && index % 3 === 0) !== (index % 4 === 0))
      .map((index) => `p-${index}`);
    expect(offered.map(({ id }) => id)).toEqual(expect.arrayContaining(wrong));
  });

  test('a run that writes twice knows the membership before it, from the stamp', async () => {
    const [september = ''] = months;
    await save(september, tracardiProfile('a'));
    const [first] = await readAll(store.profiles);
    await write(store.profiles, [
      { ...aChange(first, []), segments: ['gold'], entered: ['gold'], left: ['foreign'] },
    ]);

    const [again] = await readAll(store.profiles);
    const filters = [aCondition('profile@segments CONTAINS "foreign"')];
    const reach = { kind: 'admitted', filters } as const;
    const admitted = await readAll(store.profiles, { runId: 'run-1', scan: 'workflows', now: 0, reach });

    expect(again).toMatchObject({ settled: true, segments: ['gold'], segmentsBefore: ['foreign'] });
    expect(admitted.map(({ id }) => id)).toEqual(['a']);
  });

  test('of an id that lives in two months, the copy that was updated last is the profile', async () => {
    const [september = '', october = ''] = months;
    await save(october, tracardiProfile('a', { segments: ['old copy'] }));
    const metadata = { time: { update: '2026-11-01T00:00:00' } };
    await save(september, tracardiProfile('a', { segments: ['new copy'], metadata }));

    await save(september, tracardiProfile('b'));

    const read = await readAll(store.profiles);

    expect((await store.profiles.readProfile('a'))?.segments).toEqual(['new copy']);
    expect(read.map(({ id, segments }) => `${id}: ${segments.join()}`).toSorted()).toEqual([
      'a: new copy',
      'a: old copy',
      'b: foreign',
    ]);
    expect(await store.profiles.openScan(everything()).olderCopies?.(read)).toEqual([
      { id: 'a', reason: expect.stringContaining(october) as unknown },
    ]);
    expect(await findDuplicates(store.client, store.layout, 10)).toEqual({
      profiles: 3,
      ids: 2,
      duplicates: 1,
      shown: [
        {
          id: 'a',
          copies: [
            { index: september, docId: 'a', updatedAt: '2026-11-01T00:00:00.000Z' },
            { index: october, docId: 'a', updatedAt: '2026-10-05T08:30:00.654Z' },
          ],
        },
      ],
    });
  });

  test('of copies that say nothing of their updates, the one in the last index by name is the profile', async () => {
    for (const [place, index] of months.entries())
      await save(index, tracardiProfile('a', { segments: [`copy ${place}`], metadata: {} }));
    const scan = store.profiles.openScan(everything());

    const read = await readAll(store.profiles);

    expect((await store.profiles.readProfile('a'))?.segments).toEqual(['copy 1']);
    const olderOf = (copy: string) =>
      scan.olderCopies?.(read.filter(({ segments }) => segments.includes(copy)));
    expect(await olderOf('copy 1')).toEqual([]);
    expect(await olderOf('copy 0')).toEqual([
      { id: 'a', reason: expect.stringContaining(months[0] ?? '?') as unknown },
    ]);
  });

  test('a month that comes later is written too', async () => {
    const [september = ''] = months;
    await save(september, tracardiProfile('a'));
    await write(store.profiles, [aChange((await readAll(store.profiles))[0], ['gold'])]);
    const november = await createMonth(store.client, store.layout.index, '2026-11');
    await save(november, tracardiProfile('late'));

    const late = (await readAll(store.profiles)).find(({ id }) => id === 'late');
    const outcome = await write(store.profiles, [aChange(late, ['gold'])]);

    expect(outcome).toMatchObject({ written: 1, refused: [] });
    expect(await store.profiles.readMembers(['gold'], { limit: 5 })).toEqual(['a', 'late']);
  });
});
