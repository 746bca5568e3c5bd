import { expect, test } from 'vitest';
import { aCondition, aRun, SLOT } from './builders.ts';
import {
  aChange,
  everything,
  readAll,
  readPages,
  shoppers,
  write,
  type StoreUnderTest,
} from './store-under-test.ts';

export function describeWrites(current: () => StoreUnderTest): void {
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
