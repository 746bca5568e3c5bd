import { expect, test, describe, beforeEach, afterEach } from 'vitest';
import type {
  ProfileScan,
  ProfileStore,
  ScanRequest,
  WriteRequest,
} from '../../src/activities/profile-store.ts';
import type { Ledger } from '../../src/activities/ledger.ts';
import type { ProfileChange, ProfilePage, StoredProfile } from '../../src/domain/profile.ts';
import { aCondition, aRun, SLOT } from './builders.ts';

export type ProfileDocument = Readonly<Record<string, unknown>> & { readonly id: string };

/** One store under test, empty, and the ledger whose fences it obeys. */
export interface StoreUnderTest {
  readonly profiles: ProfileStore;
  readonly ledger: Ledger;
  /** Puts a document whole, as a tracker beside Strata would; existing profiles keep their membership. */
  readonly put: (document: Readonly<Record<string, unknown>>) => Promise<void>;
  /** The same, for many. */
  readonly load: (documents: readonly ProfileDocument[]) => Promise<void>;
  /** A document of so many characters is longer than what the store evaluates. */
  readonly longDocument: number;
  /**
   * What the store's index cannot tell: whether "gold" is a list of one, so a bracketed scan need not offer it; and
   * what it never takes in, an object where texts belong.
   */
  readonly shapesAreUnseen: boolean;
  readonly close: () => Promise<void>;
}

/** What every profile store promises; `create` gives a fresh, empty one. */
export function describeProfileStore(name: string, create: () => Promise<StoreUnderTest>): void {
  describe(`${name} keeps the promises of a profile store`, () => {
    let store: StoreUnderTest;
    beforeEach(async () => {
      store = await create();
    });
    afterEach(() => store.close());
    describeScans(() => store);
    describeWrites(() => store);
    describeMembers(() => store);
  });
}

function describeScans(current: () => StoreUnderTest): void {
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
      expect(met).toEqual(ids.slice(index + 1).flat());
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

function describeWrites(current: () => StoreUnderTest): void {
  test('a change is written with its log, and foreign values stay', async () => {
    const { profiles, ledger, put } = current();
    await put({ id: 'a', segments: ['foreign', 'silver'] });
    const [profile] = await readAll(profiles);

    const outcome = await write(profiles, [
      { ...aChange(profile, []), segments: ['foreign', 'gold'], entered: ['gold'], left: ['silver'] },
    ]);

    expect(outcome).toEqual({ kind: 'written', written: 1, conflicts: [], reverted: 0, refused: [] });
    expect((await profiles.readProfile('a'))?.segments).toEqual(['foreign', 'gold']);
    const log = await ledger.readChanges({ values: ['gold', 'silver', 'foreign'], limit: 10 });
    expect(
      log.map(({ profileId, value, change, runId, slot }) => ({ profileId, value, change, runId, slot })),
    ).toEqual([
      { profileId: 'a', value: 'silver', change: 'left', runId: 'run-1', slot: SLOT },
      { profileId: 'a', value: 'gold', change: 'entered', runId: 'run-1', slot: SLOT },
    ]);
  });

  test('a profile that another writer changed is a conflict: neither written nor logged', async () => {
    const { profiles, ledger, put } = current();
    await put({ id: 'a', visits: 1 });
    await put({ id: 'b', visits: 1 });
    const read = await readAll(profiles);
    await put({ id: 'a', visits: 2 });

    const outcome = await write(
      profiles,
      read.map((profile) => aChange(profile, ['gold'])),
    );

    expect(outcome).toEqual({ kind: 'written', written: 1, conflicts: ['a'], reverted: 0, refused: [] });
    expect((await profiles.readProfile('a'))?.segments).toEqual([]);
    expect((await profiles.readProfile('a'))?.document['visits']).toBe(2);
    expect(await ledger.countChanges('run-1')).toEqual([{ value: 'gold', entered: 1, left: 0 }]);
  });

  test('a conflict read again can be written', async () => {
    const { profiles, put } = current();
    await put({ id: 'a', visits: 1 });
    const read = await readAll(profiles);
    await put({ id: 'a', visits: 2 });
    await write(
      profiles,
      read.map((profile) => aChange(profile, ['gold'])),
    );

    const [again] = await profiles.openScan(everything()).readProfiles(read);
    const outcome = await write(profiles, [aChange(again, ['gold'])]);

    expect(outcome).toMatchObject({ written: 1, conflicts: [] });
    expect(await profiles.readProfile('a')).toMatchObject({ document: { visits: 2 }, segments: ['gold'] });
  });

  test('the same call again, its answer lost, changes and logs nothing twice', async () => {
    const { profiles, ledger, load } = current();
    await load(shoppers(50));
    const changes = (await readAll(profiles)).map((profile) => aChange(profile, ['gold']));

    const first = await write(profiles, changes);
    const second = await write(profiles, changes);

    expect(first).toEqual({ kind: 'written', written: 50, conflicts: [], reverted: 0, refused: [] });
    expect(second).toEqual(first);
    expect(await ledger.countChanges('run-1')).toEqual([{ value: 'gold', entered: 50, left: 0 }]);
    expect((await ledger.readChanges({ values: ['gold'], limit: 1_000 })).length).toBe(50);
  });

  test('what a scan of a run has written is settled for it, and its earlier membership is still known', async () => {
    const { profiles, put } = current();
    await put({ id: 'a', segments: ['silver'] });
    await put({ id: 'b', segments: ['silver'] });
    const [first] = await readAll(profiles);
    await write(profiles, [
      { ...aChange(first, []), segments: ['gold'], entered: ['gold'], left: ['silver'] },
    ]);

    const [a, b] = await readAll(profiles);
    const [other] = await readAll(profiles, everything('workflows'));
    const [nextRun] = await readAll(profiles, { ...everything(), runId: 'run-2' });

    expect(a).toMatchObject({ id: 'a', settled: true, segments: ['gold'], segmentsBefore: ['silver'] });
    expect(a?.document['segments']).toEqual(['silver']);
    expect(b).toMatchObject({ id: 'b', settled: false, segments: ['silver'], segmentsBefore: ['silver'] });
    expect(other).toMatchObject({ settled: false, segments: ['gold'], segmentsBefore: ['silver'] });
    expect(nextRun).toMatchObject({ settled: false, segments: ['gold'], segmentsBefore: ['gold'] });
  });

  test('two scans of one run undo to the membership before both', async () => {
    const { profiles, put } = current();
    await put({ id: 'a' });
    const [first] = await readAll(profiles);
    await write(profiles, [aChange(first, ['gold'])]);
    const [second] = await readAll(profiles, everything('workflows'));
    await write(
      profiles,
      [{ ...aChange(second, []), segments: ['star'], entered: ['star'], left: ['gold'] }],
      {
        scan: 'workflows',
      },
    );

    const [profile] = await readAll(profiles, everything('workflows'));

    expect(profile).toMatchObject({ settled: true, segments: ['star'], segmentsBefore: [] });
  });

  test('a condition on the membership is bracketed by the membership before the run', async () => {
    const { profiles, put } = current();
    await put({ id: 'a', segments: ['silver'] });
    const [first] = await readAll(profiles);
    await write(profiles, [{ ...aChange(first, []), segments: [], entered: [], left: ['silver'] }]);
    const reach = { kind: 'admitted', filters: [aCondition('profile@segments CONTAINS "silver"')] } as const;

    const pages = await readPages(profiles, { ...everything('workflows'), reach });

    expect(pages.flatMap((page) => page.profiles.map(({ id }) => id))).toEqual(['a']);
  });

  test('a newer slot fences an older one off: nothing at all is written, unless it is forced', async () => {
    const { profiles, ledger, load } = current();
    await load(shoppers(3));
    await ledger.beginRun(
      aRun({ runId: 'newer', slot: '2026-11-20T10:00:00.000Z', segmentIds: ['gold'] }),
      [],
    );
    const changes = (await readAll(profiles)).map((profile) => aChange(profile, ['gold']));

    const outcome = await write(profiles, changes, { segments: ['gold', 'other'] });
    expect(outcome).toEqual({ kind: 'superseded', segments: ['gold'] });
    expect(await profiles.countMembers([['gold']])).toEqual([0]);
    expect(await ledger.countChanges('run-1')).toEqual([]);

    const other = await write(profiles, changes.slice(0, 1), { segments: ['other'] });
    const forced = await write(profiles, changes.slice(1), { segments: ['gold'], force: true });
    expect([other, forced].map(({ kind }) => kind)).toEqual(['written', 'written']);
  });

  test('writers at the same time lose no update and log each change once', async () => {
    const { profiles, ledger, load, put } = current();
    await load(shoppers(200));
    const read = await readAll(profiles);

    const outcomes = await Promise.all([
      ...[1, 2, 3, 4].map((writer) =>
        write(
          profiles,
          read.map((profile) => aChange(profile, [`w${writer}`])),
          { runId: `run-${writer}` },
        ),
      ),
      ...[1, 2, 3].map((index) => put({ id: `shopper-${index}`, visits: 99 })),
    ]);

    const written = outcomes.reduce(
      (sum, outcome) => sum + (outcome?.kind === 'written' ? outcome.written : 0),
      0,
    );
    const members = await profiles.countMembers([['w1', 'w2', 'w3', 'w4']]);
    const logged = await Promise.all([1, 2, 3, 4].map((writer) => ledger.countChanges(`run-${writer}`)));
    expect(members).toEqual([written]);
    expect(logged.flat().reduce((sum, { entered }) => sum + entered, 0)).toBe(written);
    expect((await profiles.readProfile('shopper-1'))?.document['visits']).toBe(99);
  });

  test('putting a document again keeps the membership, and an equal one is no change', async () => {
    const { profiles, put } = current();
    await put({ id: 'a', visits: 1 });
    const [first] = await readAll(profiles);
    await write(profiles, [aChange(first, ['gold'])]);
    const [written] = await readAll(profiles);

    await put({ id: 'a', visits: 1 });
    const [same] = await readAll(profiles);
    await put({ id: 'a', visits: 2, segments: [] });
    const [changed] = await readAll(profiles);

    expect(same?.version).toEqual(written?.version);
    expect(changed?.version).not.toEqual(written?.version);
    expect(changed).toMatchObject({ segments: ['gold'], document: { visits: 2 } });
  });
}

function describeMembers(current: () => StoreUnderTest): void {
  test('members are counted for many sets of values at once', async () => {
    const { profiles, load } = current();
    await load(
      shoppers(120).map((shopper, index) => ({
        ...shopper,
        segments: [...(index % 2 === 0 ? ['gold'] : []), ...(index % 3 === 0 ? ['silver'] : [])],
      })),
    );

    expect(await profiles.countMembers([['gold'], ['silver'], ['gold', 'silver'], ['none'], []])).toEqual([
      60, 40, 80, 0, 0,
    ]);
    expect(await profiles.countProfiles()).toBe(120);
  });

  test('members are listed by code point, page by page', async () => {
    const { profiles, load } = current();
    const ids = ['b', 'a', 'B', 'ž', '10', '9', 'a ', '𐀀', '\uffee'];
    await load(ids.map((id) => ({ id, segments: ['gold'] })));

    const first = await profiles.readMembers(['gold'], { limit: 5 });
    const second = await profiles.readMembers(['gold', 'silver'], { after: first.at(-1) ?? '', limit: 10 });

    expect([...first, ...second]).toEqual(['10', '9', 'B', 'a', 'a ', 'b', 'ž', '\uffee', '𐀀']);
  });

  test.each(['Gold tier', 'gold', 'GOLD', ',', '","', '\\', 'a"b', 'ž', "it's", '%', '[', ' gold'])(
    'the value %j is told from its neighbours',
    async (value) => {
      const { profiles, load } = current();
      await load([
        { id: 'in', segments: ['x,', value, ',y'] },
        { id: 'out', segments: ['x', 'y', `${value}${value}`, `z${value}`, `${value}"`] },
      ]);

      expect(await profiles.readMembers([value], { limit: 5 })).toEqual(['in']);
      expect(await profiles.countMembers([[value]])).toEqual([1]);
    },
  );

  test('thousands of different values are kept apart, counted and logged', async () => {
    const { profiles, ledger, put } = current();
    const values = Array.from({ length: 3_000 }, (_, index) => `value ${index}`);
    await put({ id: 'a', segments: values.slice(0, 1_500) });
    await put({ id: 'b' });
    const b = (await readAll(profiles)).find(({ id }) => id === 'b');
    await write(profiles, [aChange(b, values)]);

    expect((await profiles.readProfile('b'))?.segments).toEqual(values);
    expect(
      (await profiles.countMembers(values.map((value) => [value]))).filter((count) => count === 2).length,
    ).toBe(1_500);
    const counted = await ledger.countChanges('run-1');
    expect(new Set(counted.map(({ value }) => value))).toEqual(new Set(values));
    expect(counted.every(({ entered, left }) => entered === 1 && left === 0)).toBe(true);
  });

  test('an unknown profile reads as null', async () => {
    expect(await current().profiles.readProfile('nobody')).toBeNull();
  });
}

export function shoppers(count: number): readonly ProfileDocument[] {
  return Array.from({ length: count }, (_, index) => ({ id: `shopper-${index}`, visits: index % 50 }));
}

function everything(scan: ScanRequest['scan'] = 'conditions'): ScanRequest {
  return { runId: 'run-1', scan, now: Date.parse(SLOT), reach: { kind: 'all' } };
}

function bracketed(text: string, value: string): ScanRequest {
  const rules = [{ value, condition: aCondition(text), mode: 'sync' as const }];
  return { ...everything(), reach: { kind: 'bracketed', rules } };
}

async function planOne(profiles: ProfileStore): Promise<readonly string[]> {
  const plan = await profiles
    .openScan(everything())
    .plan({ batchCandidates: () => 1_000_000, maxBatches: 10 });
  expect(plan.ranges.length).toBe(1);
  return plan.ranges;
}

export async function readRange(
  scan: ProfileScan,
  range: string,
  after: string | null = null,
): Promise<readonly ProfilePage[]> {
  const pages: ProfilePage[] = [];
  let next = after;
  do {
    const page = await scan.readPage(range, next);
    pages.push(page);
    next = page.next;
  } while (next !== null);
  return pages;
}

async function readRanges(scan: ProfileScan, ranges: readonly string[]): Promise<readonly ProfilePage[]> {
  const pages = [];
  for (const range of ranges) pages.push(...(await readRange(scan, range)));
  return pages;
}

export async function readPages(
  profiles: ProfileStore,
  request = everything(),
): Promise<readonly ProfilePage[]> {
  const scan = profiles.openScan(request);
  const { ranges } = await scan.plan({ batchCandidates: () => 1_000_000, maxBatches: 10 });
  return readRanges(scan, ranges);
}

export async function readAll(
  profiles: ProfileStore,
  request = everything(),
): Promise<readonly StoredProfile[]> {
  return (await readPages(profiles, request)).flatMap((page) => page.profiles);
}

export function aChange(profile: StoredProfile | undefined, entered: readonly string[]): ProfileChange {
  if (profile === undefined) throw new Error('the profile to change was not read');
  const { id, version, segments } = profile;
  return { id, version, segments: [...segments, ...entered], entered, left: [] };
}

export function write(
  profiles: ProfileStore,
  changes: readonly ProfileChange[],
  overrides: Partial<WriteRequest> = {},
) {
  return profiles.writeChanges({
    runId: 'run-1',
    scan: 'conditions',
    batch: 0,
    segments: ['gold'],
    slot: SLOT,
    force: false,
    changes,
    ...overrides,
  });
}
