import { afterEach, beforeEach, expect, test } from 'vitest';
import { UserError } from '../../../src/domain/errors.ts';
import { describeWithElastic } from '../../support/elastic.ts';
import { toPlaceText, versionOf } from '../../../src/stores/elastic/version.ts';
import { writeChanges, type WriteParts } from '../../../src/stores/elastic/write-changes.ts';
import { SLOT } from '../builders.ts';
import { aChange, readAll, write } from '../store-under-test.ts';
import { openElastic, type ElasticUnderTest } from './elastic-store.ts';

describeWithElastic('writes to Elasticsearch', () => {
  let store: ElasticUnderTest;
  beforeEach(async () => {
    store = await openElastic();
  });
  afterEach(() => store.close());

  /** What an attempt leaves that is lost after its intents: the writes may have happened, or not. */
  async function loseAttempt(applied: readonly string[], lost: readonly string[]): Promise<void> {
    const read = await readAll(store.profiles);
    const chosen = read.filter(({ id }) => [...applied, ...lost].includes(id));
    await store.intents.openIntents({
      runId: 'run-1',
      scan: 'conditions',
      batch: 0,
      segments: ['gold'],
      slot: SLOT,
      force: false,
      intents: chosen.map((profile) => ({
        id: profile.id,
        version: toPlaceText(versionOf(profile).location),
        entered: ['gold'],
        left: [],
        stamp: null,
      })),
    });
    for (const id of applied) await land(id);
  }

  /** A write of that attempt is carried out. */
  async function land(id: string): Promise<void> {
    const strata = { run: 'run-1', scans: ['conditions'], entered: ['gold'], left: [] };
    await store.client.update({ index: store.layout.index, id, doc: { segments: ['gold'], strata } });
  }

  test('a retry settles what a lost attempt left open by the stamps, and logs it once', async () => {
    await store.load(['a', 'b', 'c'].map((id) => ({ id })));
    await loseAttempt(['a'], ['b']);

    await store.profiles.settleWrites('run-1', 0);
    const read = await readAll(store.profiles);

    expect(await store.ledger.countChanges('run-1')).toEqual([{ value: 'gold', entered: 1, left: 0 }]);
    await store.profiles.settleWrites('run-1');
    expect(await store.intents.readOpenIntents('run-1')).toEqual([]);
    expect(await store.ledger.countChanges('run-1')).toEqual([{ value: 'gold', entered: 1, left: 0 }]);
    expect(read.map(({ id, settled }) => [id, settled])).toEqual(
      expect.arrayContaining([
        ['a', true],
        ['b', false],
        ['c', false],
      ]),
    );
  });

  test('a write of a lost attempt that lands after a retry has looked for it is in the log all the same', async () => {
    await store.load([{ id: 'a' }]);
    await loseAttempt([], ['a']);

    await store.profiles.settleWrites('run-1', 0);
    await land('a');
    const [late] = await readAll(store.profiles);
    await store.profiles.settleWrites('run-1');

    expect(late).toMatchObject({ id: 'a', settled: true });
    expect(await store.intents.readOpenIntents('run-1')).toEqual([]);
    expect(await store.ledger.countChanges('run-1')).toEqual([{ value: 'gold', entered: 1, left: 0 }]);
  });

  test('an attempt that conflicts leaves the intent to the one that writes the profile after all', async () => {
    await store.load([{ id: 'a' }]);
    const [read] = await readAll(store.profiles);
    const attempt: WriteParts = {
      client: store.client,
      layout: store.layout,
      now: () => new Date(),
      send: async (updates) => ({ applied: [], conflicts: updates, refused: [] }),
      intents: {
        ...store.intents,
        settleIntents: async (...settlement) => {
          await land('a');
          await store.intents.settleIntents(...settlement);
        },
      },
    };
    const request = { runId: 'run-1', scan: 'conditions', batch: 0, segments: ['gold'], slot: SLOT } as const;

    const outcome = await writeChanges(attempt, {
      ...request,
      force: false,
      changes: [aChange(read, ['gold'])],
    });
    await store.profiles.settleWrites('run-1');

    expect(outcome).toMatchObject({ written: 0, conflicts: ['a'] });
    expect(await store.ledger.countChanges('run-1')).toEqual([{ value: 'gold', entered: 1, left: 0 }]);
  });

  test('the end of a run counts what other processes have written for it', async () => {
    const { index } = store.layout;
    await store.load([{ id: 'a' }]);
    await store.client.indices.putSettings({ index, settings: { refresh_interval: '-1' } });
    await land('a');

    await store.profiles.settleWrites('run-1');

    expect(await store.profiles.countMembers([['gold']])).toEqual([1]);
  });

  test('only the batch that asks is settled', async () => {
    await store.load([{ id: 'a' }]);
    await loseAttempt(['a'], []);

    await store.profiles.settleWrites('run-1', 7);

    expect((await store.intents.readOpenIntents('run-1')).length).toBe(1);
  });

  test('an applied write whose run never came back is logged by the next run that changes the profile', async () => {
    await store.load([{ id: 'a' }]);
    await loseAttempt(['a'], []);

    const [profile] = await readAll(store.profiles, {
      runId: 'run-2',
      scan: 'conditions',
      now: 0,
      reach: { kind: 'all' },
    });
    await write(store.profiles, [{ ...aChange(profile, []), segments: [], left: ['gold'] }], {
      runId: 'run-2',
    });

    const log = await store.ledger.readChanges({ values: ['gold'], limit: 10 });
    expect(log.map(({ runId, change }) => `${runId} ${change}`)).toEqual(['run-2 left', 'run-1 entered']);
  });

  test('a value that another writer undid is restored, counted and not logged twice', async () => {
    await store.load([{ id: 'a', visits: 1 }]);
    await write(store.profiles, [aChange((await readAll(store.profiles))[0], ['gold'])]);
    // The whole document of before, as a tracker puts it that had read it then.
    await store.client.index({
      index: store.layout.index,
      id: 'a',
      document: { id: 'a', visits: 2, segments: [] },
    });

    const request = { runId: 'run-2', scan: 'conditions', now: 0, reach: { kind: 'all' } } as const;
    const [undone] = await readAll(store.profiles, request);
    const outcome = await write(store.profiles, [aChange(undone, ['gold'])], { runId: 'run-2' });

    expect(outcome).toMatchObject({ written: 1, reverted: 1 });
    expect(await store.profiles.readProfile('a')).toMatchObject({
      document: { visits: 2 },
      segments: ['gold'],
    });
    const log = await store.ledger.readChanges({ values: ['gold'], limit: 10 });
    expect(log.map(({ runId, change }) => `${runId} ${change}`)).toEqual(['run-1 entered']);
  });

  test('a profile that is gone is neither written nor logged, and the others are', async () => {
    await store.load([{ id: 'a' }, { id: 'b' }]);
    const read = await readAll(store.profiles);
    await store.client.delete({ index: store.layout.index, id: 'a' });

    const outcome = await write(
      store.profiles,
      read.map((profile) => aChange(profile, ['gold'])),
    );

    expect(outcome).toMatchObject({ written: 1, conflicts: ['a'] });
    expect(await store.profiles.openScan(everything).readProfiles(read)).toMatchObject([{ id: 'b' }]);
    expect(await store.ledger.countChanges('run-1')).toEqual([{ value: 'gold', entered: 1, left: 0 }]);
  });

  test('a change that the mapping refuses is set aside with its reason, and the others are written', async () => {
    await store.load([{ id: 'a' }, { id: 'b' }]);
    const [a, b] = await readAll(store.profiles);
    const tooLong = 'x'.repeat(40_000);

    const outcome = await write(store.profiles, [aChange(a, [tooLong]), aChange(b, ['gold'])]);

    expect(outcome).toMatchObject({
      written: 1,
      conflicts: [],
      refused: [{ id: a?.id, reason: expect.stringContaining('immense term') as unknown }],
    });
    expect(await store.intents.readOpenIntents('run-1')).toEqual([]);
    expect((await store.profiles.readProfile(a?.id ?? ''))?.segments).toEqual([]);
  });

  const everything = { runId: 'run-1', scan: 'conditions', now: 0, reach: { kind: 'all' } } as const;
});

describeWithElastic('an index of somebody else', () => {
  test('is not written before somebody has allowed it, and then gains what the stamp needs', async () => {
    const store = await openElastic({
      claimed: false,
      extra: () => ({}),
      before: (client, index) =>
        client.indices.create({
          index,
          settings: { number_of_replicas: '0' },
          mappings: {
            dynamic: 'strict',
            properties: { id: { type: 'keyword' }, _x: { type: 'object', enabled: false } },
          },
        }),
    });
    await store.load([{ id: 'a' }]);
    const [profile] = await readAll(store.profiles);

    await expect(write(store.profiles, [aChange(profile, ['gold'])])).rejects.toThrow(UserError);
    expect(await store.profiles.countMembers([['gold']])).toEqual([0]);
    await store.claim();
    const outcome = await write(store.profiles, [aChange(profile, ['gold'])]);

    expect(outcome).toMatchObject({ kind: 'written', written: 1 });
    expect(await store.profiles.countMembers([['gold']])).toEqual([1]);
    await store.close();
  });

  test('that another environment writes is refused', async () => {
    const store = await openElastic();

    await expect(store.reopen('other')).rejects.toThrow('is written by the environment "default"');
    await store.close();
  });
});
