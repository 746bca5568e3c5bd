import { expect, test } from 'vitest';
import { aCondition } from './builders.ts';
import {
  aChange,
  bracketed,
  everything,
  planOne,
  readAll,
  readPages,
  readRange,
  readRanges,
  shoppers,
  write,
  type StoreUnderTest,
} from './store-under-test.ts';

export function describeScans(current: () => StoreUnderTest): void {
  test('pages over all ranges meet every profile once', async () => {
    const { profiles, load } = current();
    await load(shoppers(1_000));
    const scan = profiles.openScan(everything());
    const plan = await scan.plan({ batchCandidates: () => 90, maxBatches: 100 });

    const met = (await readRanges(scan, plan.ranges)).flatMap((page) => page.profiles.map(({ id }) => id));

    expect(plan.profiles).toBe(1_000);
    expect(plan.ranges.length).toBeGreaterThan(5);
    expect(met.length).toBe(1_000);
    expect(new Set(met)).toEqual(new Set(shoppers(1_000).map(({ id }) => id)));
  });

  test('a plan keeps to the number of batches it may have', async () => {
    const { profiles, load } = current();
    await load(shoppers(500));
    const scan = profiles.openScan(everything());

    const plan = await scan.plan({ batchCandidates: () => 1, maxBatches: 7 });

    expect(plan.ranges.length).toBeLessThanOrEqual(7);
    expect((await readRanges(scan, plan.ranges)).reduce((sum, { passed }) => sum + passed, 0)).toBe(500);
  });

  test('an empty store plans no profiles', async () => {
    const plan = await current()
      .profiles.openScan(everything())
      .plan({ batchCandidates: () => 10, maxBatches: 10 });

    expect(plan.profiles).toBe(0);
    expect(plan.ranges).toEqual([]);
  });

  test('a scan goes on from any cursor, in another scan object too', async () => {
    const { profiles, load } = current();
    await load(shoppers(30_000));
    const [range = ''] = await planOne(profiles);
    const pages = await readRange(profiles.openScan(everything()), range);
    const ids = pages.map((page) => page.profiles.map(({ id }) => id));
    expect(pages.length).toBeGreaterThan(2);

    for (const [index, page] of pages.entries()) {
      const rest = await readRange(profiles.openScan(everything()), range, page.next);
      const met = page.next === null ? [] : rest.flatMap((each) => each.profiles.map(({ id }) => id));
      expect(met.toSorted()).toEqual(
        ids
          .slice(index + 1)
          .flat()
          .toSorted(),
      );
    }
  });

  test('documents come back as they were put, their segments field added', async () => {
    const { profiles, put } = current();
    const document = {
      id: 'odd',
      text: 'a "quoted"\n\\ \u2028 ✓',
      list: [1, [2], {}],
      nothing: null,
      number: 1e-7,
      deep: { a: { b: [] } },
    };
    await put(document);

    const [profile] = await readAll(profiles);

    expect(profile?.document).toEqual({ ...document, segments: [] });
    expect((await profiles.readProfile('odd'))?.document).toEqual({ ...document, segments: [] });
  });

  test.each([
    ['unicode', 'žluťoučký-客'],
    ['a trailing space', 'shopper '],
    ['upper case', 'SHOPPER'],
    ['lower case', 'shopper'],
    ['leading zeros', '00042'],
    ['a quote', `o'neil "x"`],
    ['a line break', 'a\nb'],
    ['64 bytes', 'x'.repeat(64)],
    ['a byte order mark in front', '\ufeffbom'],
  ])('an id with %s stays what it is', async (_, id) => {
    const { profiles, load } = current();
    await load([{ id }, { id: 'SHOPPER2' }, { id: `42` }]);
    const profile = (await readAll(profiles)).find((each) => each.id === id);
    expect(profile).toBeDefined();

    await write(profiles, [aChange(profile, ['gold'])]);

    expect(await profiles.readMembers(['gold'], { limit: 10 })).toEqual([id]);
    expect((await profiles.readProfile(id))?.document['id']).toBe(id);
    expect(await profiles.countMembers([['gold']])).toEqual([1]);
  });

  test.each([
    ['a text', 'gold'],
    ['a list with a number', ['gold', 7]],
    ['an object', { gold: true }],
  ])(
    'a profile whose segments are %s is set aside with the reason, and the others are read',
    async (_, segments) => {
      const { profiles, put, shapesAreUnseen } = current();
      if (shapesAreUnseen && !Array.isArray(segments) && typeof segments === 'object')
        return expect(put({ id: 'wrong', segments })).rejects.toThrow('segments');
      await put({ id: 'wrong', segments });
      await put({ id: 'right', segments: ['gold'] });

      const [page] = await readPages(profiles, bracketed('profile@never == "x"', 'none'));
      const pages = await readPages(profiles);

      if (!shapesAreUnseen) expect(page?.setAside.map(({ id }) => id)).toEqual(['wrong']);
      expect(pages.flatMap(({ setAside }) => setAside)).toEqual([
        { id: 'wrong', reason: expect.stringContaining('segments') as unknown },
      ]);
      expect(pages.flatMap((each) => each.profiles.map(({ id }) => id))).toEqual(['right']);
    },
  );

  test('an over-long document is set aside, and never fails its page', async () => {
    const { profiles, put, longDocument } = current();
    await put({ id: 'long', text: 'x'.repeat(longDocument) });
    await put({ id: 'short' });

    const pages = await readPages(profiles);

    expect(pages.flatMap(({ setAside }) => setAside.map(({ id }) => id))).toEqual(['long']);
    expect(String((await profiles.readProfile('long'))?.document['text']).length).toBe(longDocument);
    expect(pages.flatMap((each) => each.profiles.map(({ id }) => id))).toEqual(['short']);
  });

  test('large documents make smaller pages', async () => {
    const { profiles, load } = current();
    await load(
      Array.from({ length: 120 }, (_, index) => ({ id: `big-${index}`, text: 'x'.repeat(200_000) })),
    );

    const pages = await readPages(profiles);

    expect(pages.length).toBeGreaterThan(2);
    expect(pages.flatMap((page) => page.profiles).length).toBe(120);
  });

  test('a bracketed scan offers every profile whose membership is wrong', async () => {
    const { profiles, load } = current();
    await load(
      shoppers(400).map((shopper, index) => ({
        ...shopper,
        visits: index % 20,
        segments: index % 3 === 0 ? ['gold'] : [],
      })),
    );

    const offered = (await readPages(profiles, bracketed('profile@visits > 10', 'gold'))).flatMap(
      (page) => page.profiles,
    );

    const wrong = (await readAll(profiles)).filter(
      ({ document, segments }) => Number(document['visits']) > 10 !== segments.includes('gold'),
    );
    expect(wrong.length).toBeGreaterThan(50);
    expect(offered.map(({ id }) => id)).toEqual(expect.arrayContaining(wrong.map(({ id }) => id)));
  });

  test('an audit offers every profile and says which ones the brackets would have', async () => {
    const { profiles, load } = current();
    await load(shoppers(300).map((shopper, index) => ({ ...shopper, visits: index % 20 })));
    const rules = [{ value: 'gold', condition: aCondition('profile@visits > 10'), mode: 'sync' as const }];

    const audited = (await readPages(profiles, { ...everything(), reach: { kind: 'audit', rules } })).flatMap(
      (page) => page.profiles,
    );

    const offered = (await readPages(profiles, bracketed('profile@visits > 10', 'gold'))).flatMap(
      (page) => page.profiles,
    );
    expect(audited.length).toBe(300);
    expect(audited.filter(({ candidate }) => candidate).map(({ id }) => id)).toEqual(
      offered.map(({ id }) => id),
    );
  });

  test('workflow filters admit at least what they match, and no filter admits all', async () => {
    const { profiles, load } = current();
    await load(shoppers(300).map((shopper, index) => ({ ...shopper, active: index % 2 === 0 })));
    const admitted = async (filters: readonly (string | null)[]) => {
      const reach = {
        kind: 'admitted',
        filters: filters.map((text) => (text === null ? null : aCondition(text))),
      } as const;
      const pages = await readPages(profiles, { ...everything('workflows'), reach });
      return pages.flatMap((page) => page.profiles.map(({ id }) => id));
    };

    expect(await admitted(['profile@active == true'])).toEqual(
      expect.arrayContaining(
        shoppers(300)
          .filter((_, index) => index % 2 === 0)
          .map(({ id }) => id),
      ),
    );
    expect((await admitted(['profile@active == true', null])).length).toBe(300);
  });

  test('profiles read again are current', async () => {
    const { profiles, load } = current();
    await load(shoppers(20));
    const scan = profiles.openScan(everything());
    const before = await readAll(profiles);
    const third = before.find(({ id }) => id === 'shopper-3');
    await write(profiles, [aChange(third, ['gold'])], { runId: 'another' });

    const read = await scan.readProfiles(before.filter(({ id }) => ['shopper-3', 'shopper-5'].includes(id)));

    expect(read.map(({ id }) => id).toSorted()).toEqual(['shopper-3', 'shopper-5']);
    expect(read.find(({ id }) => id === 'shopper-3')?.segments).toEqual(['gold']);
  });
}
