import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { IntentLog, IntentRequest, RunStamp, WriteIntent } from '../../src/activities/intent-log.ts';
import type { Ledger } from '../../src/activities/ledger.ts';
import { aRun, SLOT } from './builders.ts';

const LATER = '2026-11-20T10:00:00.000Z';

/** An intent log under test, empty, and the ledger that it is the membership log of. */
export interface IntentLogUnderTest {
  readonly intents: IntentLog;
  readonly ledger: Ledger;
  readonly close: () => Promise<void>;
}

/** What every intent log promises; `create` gives a fresh, empty one. */
export function describeIntentLog(name: string, create: () => Promise<IntentLogUnderTest>): void {
  describe(`${name} keeps the promises of an intent log`, () => {
    let store: IntentLogUnderTest;
    beforeEach(async () => {
      store = await create();
    });
    afterEach(() => store.close());
    describeSettling(() => store);
    describeProof(() => store);
    describeReverted(() => store);
  });
}

function describeSettling(current: () => IntentLogUnderTest): void {
  test('only applied intents are the log', async () => {
    const { intents, ledger } = current();
    await open(intents, [
      anIntent('applied', { entered: ['gold'], left: ['silver'] }),
      anIntent('dropped', { entered: ['gold'] }),
      anIntent('open', { entered: ['gold'] }),
    ]);
    expect(await ledger.countChanges('run-1')).toEqual([]);
    expect(await ledger.countWritten('run-1')).toBe(0);

    await intents.settleIntents('run-1', 'conditions', { applied: ['applied'], dropped: ['dropped'] });

    expect(await ledger.countWritten('run-1')).toBe(1);
    expect(await ledger.countWritten('nobody')).toBe(0);

    expect(sorted(await ledger.countChanges('run-1'))).toEqual([
      { value: 'gold', entered: 1, left: 0 },
      { value: 'silver', entered: 0, left: 1 },
    ]);
    expect(await readLog(ledger, ['gold', 'silver'])).toEqual([
      'run-1 applied -silver',
      'run-1 applied +gold',
    ]);
    expect((await intents.readOpenIntents('run-1')).map(({ id }) => id)).toEqual(['open']);
    const [line] = await ledger.readChanges({ values: ['gold'], limit: 10 });
    expect(line?.slot).toBe(SLOT);
    expect(Math.abs(Date.parse(line?.at ?? '') - Date.now())).toBeLessThan(3_600_000);
  });

  test('settling again, or what was never opened, changes nothing', async () => {
    const { intents, ledger } = current();
    await open(intents, [anIntent('a', { entered: ['gold'] })]);
    await intents.settleIntents('run-1', 'conditions', { applied: ['a'], dropped: [] });

    await intents.settleIntents('run-1', 'conditions', { applied: ['a', 'nobody'], dropped: [] });
    await intents.settleIntents('run-1', 'conditions', { applied: [], dropped: ['a'] });
    await intents.settleIntents('run-1', 'workflows', { applied: ['a'], dropped: [] });
    await intents.settleIntents('unknown run', 'conditions', { applied: ['a'], dropped: ['a'] });

    expect(await readLog(ledger, ['gold'])).toEqual(['run-1 a +gold']);
  });

  test('an open intent that is opened again is replaced', async () => {
    const { intents, ledger } = current();
    await open(intents, [anIntent('a', { version: '1', entered: ['gold'] })], { batch: 3 });
    await open(intents, [anIntent('a', { version: '2', entered: ['silver'] })], { batch: 3 });

    expect(await intents.readOpenIntents('run-1')).toEqual([
      { id: 'a', scan: 'conditions', batch: 3, version: '2' },
    ]);
    await intents.settleIntents('run-1', 'conditions', { applied: ['a'], dropped: [] });
    expect(await readLog(ledger, ['gold', 'silver'])).toEqual(['run-1 a +silver']);
  });

  test('an applied intent that is opened again stays as it is', async () => {
    const { intents, ledger } = current();
    await apply(intents, [anIntent('a', { entered: ['gold'] })]);

    await apply(intents, [anIntent('a', { entered: ['silver'] })]);

    expect(await intents.readOpenIntents('run-1')).toEqual([]);
    expect(await readLog(ledger, ['gold', 'silver'])).toEqual(['run-1 a +gold']);
  });

  test('a dropped intent can be opened again', async () => {
    const { intents, ledger } = current();
    await open(intents, [anIntent('a', { entered: ['gold'] })]);
    await intents.settleIntents('run-1', 'conditions', { applied: [], dropped: ['a'] });
    expect(await intents.readOpenIntents('run-1')).toEqual([]);

    await apply(intents, [anIntent('a', { entered: ['gold'] })]);

    expect(await readLog(ledger, ['gold'])).toEqual(['run-1 a +gold']);
  });

  test('the two scans of a run have an intent each', async () => {
    const { intents, ledger } = current();
    await open(intents, [anIntent('a', { entered: ['gold'] })]);
    await open(intents, [anIntent('a', { left: ['gold'] })], { scan: 'workflows' });
    expect((await intents.readOpenIntents('run-1')).map(({ scan }) => scan).toSorted()).toEqual([
      'conditions',
      'workflows',
    ]);

    await intents.settleIntents('run-1', 'conditions', { applied: ['a'], dropped: [] });
    await intents.settleIntents('run-1', 'workflows', { applied: ['a'], dropped: [] });

    expect(await readLog(ledger, ['gold'])).toEqual(['run-1 a +gold', 'run-1 a -gold']);
  });

  test('open intents are read for the run or for one of its batches', async () => {
    const { intents } = current();
    await open(intents, [anIntent('a', { version: '7:1:profiles-2026-11' })], { batch: 1 });
    await open(intents, [anIntent('b')], { batch: 2, scan: 'workflows' });
    await open(intents, [anIntent('c')], { batch: 1, runId: 'run-2' });

    expect((await intents.readOpenIntents('run-1')).map(({ id }) => id).toSorted()).toEqual(['a', 'b']);
    expect(await intents.readOpenIntents('run-1', 1)).toEqual([
      { id: 'a', scan: 'conditions', batch: 1, version: '7:1:profiles-2026-11' },
    ]);
    expect(await intents.readOpenIntents('run-1', 3)).toEqual([]);
    expect(await intents.readOpenIntents('unknown run')).toEqual([]);
  });

  test('a newer slot fences an older one off: no intent is opened, unless it is forced', async () => {
    const { intents, ledger } = current();
    await ledger.beginRun(aRun({ runId: 'newer', slot: LATER, segmentIds: ['gold'] }), []);

    const outcome = await open(intents, [anIntent('a')], { segments: ['gold', 'other'] });
    expect(outcome).toEqual({ kind: 'superseded', segments: ['gold'] });
    expect(await intents.readOpenIntents('run-1')).toEqual([]);

    expect(await open(intents, [anIntent('a')], { segments: ['other'] })).toMatchObject({ kind: 'open' });
    expect(await open(intents, [anIntent('b')], { force: true })).toMatchObject({ kind: 'open' });
  });

  test('ids and values are kept to the byte', async () => {
    const { intents, ledger } = current();
    const ids = [
      'shopper',
      'SHOPPER',
      'shopper ',
      'žluťoučký-客',
      `o'neil "x"`,
      'a\nb',
      '00042',
      'x'.repeat(64),
    ];
    await apply(
      intents,
      ids.map((id) => anIntent(id, { entered: [`value of ${id}`] })),
    );
    await apply(intents, [anIntent('case', { entered: ['Gold', 'gold', 'gold ', 'žluť'] })]);

    for (const id of ids)
      expect(await readLog(ledger, [`value of ${id}`])).toEqual([`run-1 ${id} +value of ${id}`]);
    for (const value of ['Gold', 'gold', 'gold ', 'žluť'])
      expect(await readLog(ledger, [value])).toEqual([`run-1 case +${value}`]);
  });

  test('thousands of intents are opened and settled at once', async () => {
    const { intents, ledger } = current();
    const ids = Array.from({ length: 5_000 }, (_, index) => `shopper-${index}`);
    await open(
      intents,
      ids.map((id) => anIntent(id, { entered: ['gold'] })),
    );
    expect((await intents.readOpenIntents('run-1')).length).toBe(5_000);

    await intents.settleIntents('run-1', 'conditions', {
      applied: ids.slice(0, 4_000),
      dropped: ids.slice(4_000),
    });

    expect(await intents.readOpenIntents('run-1')).toEqual([]);
    expect(await ledger.countChanges('run-1')).toEqual([{ value: 'gold', entered: 4_000, left: 0 }]);
  });

  test('callers at the same time open one intent a profile, and log it once', async () => {
    const { intents, ledger } = current();
    const batch = Array.from({ length: 200 }, (_, index) =>
      anIntent(`shopper-${index}`, { entered: ['gold'] }),
    );

    await Promise.all([1, 2, 3, 4].map(() => apply(intents, batch)));

    expect(await ledger.countChanges('run-1')).toEqual([{ value: 'gold', entered: 200, left: 0 }]);
    expect((await ledger.readChanges({ values: ['gold'], limit: 1_000 })).length).toBe(200);
  });
}

function describeProof(current: () => IntentLogUnderTest): void {
  test('an open intent of another run is applied, in its own name, when its stamp was seen', async () => {
    const { intents, ledger } = current();
    await open(intents, [anIntent('a', { entered: ['gold'] })], { runId: 'lost', slot: LATER });

    await open(intents, [anIntent('a', { left: ['gold'], stamp: aStamp('lost') })]);

    const log = await ledger.readChanges({ values: ['gold'], limit: 10 });
    expect(log.map(({ runId, slot, change }) => ({ runId, slot, change }))).toEqual([
      { runId: 'lost', slot: LATER, change: 'entered' },
    ]);
    expect(await intents.readOpenIntents('lost')).toEqual([]);
  });

  test('without its stamp an intent of another run stays open, for that run to settle', async () => {
    const { intents, ledger } = current();
    await open(intents, [anIntent('a', { entered: ['gold'] })], { runId: 'other' });

    for (const stamp of [null, aStamp('a third'), aStamp('other', ['workflows'])])
      await open(intents, [anIntent('a', { entered: ['silver'], stamp })]);

    expect((await intents.readOpenIntents('other')).map(({ id }) => id)).toEqual(['a']);
    await intents.settleIntents('other', 'conditions', { applied: ['a'], dropped: [] });
    expect(await readLog(ledger, ['gold'])).toEqual(['other a +gold']);
  });

  test('the stamp of an earlier scan of the same run proves that one', async () => {
    const { intents, ledger } = current();
    await open(intents, [anIntent('a', { entered: ['gold'] })]);

    await open(intents, [anIntent('a', { left: ['gold'], stamp: aStamp('run-1') })], { scan: 'workflows' });
    await intents.settleIntents('run-1', 'conditions', { applied: [], dropped: ['a'] });
    await intents.settleIntents('run-1', 'workflows', { applied: ['a'], dropped: [] });

    expect(await readLog(ledger, ['gold'])).toEqual(['run-1 a +gold', 'run-1 a -gold']);
  });

  test('a stamp proves the intents of its own profile only', async () => {
    const { intents } = current();
    await open(intents, [anIntent('a'), anIntent('b'), anIntent('A')], { runId: 'lost' });

    await open(intents, [anIntent('a', { stamp: aStamp('lost') }), anIntent('b')]);

    expect((await intents.readOpenIntents('lost')).map(({ id }) => id).toSorted()).toEqual(['A', 'b']);
  });
}

function describeReverted(current: () => IntentLogUnderTest): void {
  test('a value that is entered again without having left is restored and not logged twice', async () => {
    const { intents, ledger } = current();
    await apply(intents, [
      anIntent('a', { entered: ['gold', 'silver'] }),
      anIntent('b', { entered: ['gold'] }),
    ]);

    const outcome = await apply(
      intents,
      [anIntent('a', { entered: ['gold', 'silver', 'new'] }), anIntent('c')],
      {
        runId: 'run-2',
      },
    );

    expect(outcome).toEqual({ kind: 'open', reverted: [{ id: 'a', values: 2 }] });
    expect(await ledger.countChanges('run-2')).toEqual([{ value: 'new', entered: 1, left: 0 }]);
    expect((await readLog(ledger, ['gold'])).toSorted()).toEqual(['run-1 a +gold', 'run-1 b +gold']);
  });

  test('a value that leaves again without having entered is not logged twice either', async () => {
    const { intents, ledger } = current();
    await apply(intents, [anIntent('a', { left: ['gold'] })]);

    const outcome = await apply(intents, [anIntent('a', { left: ['gold'] })], { runId: 'run-2' });

    expect(outcome).toEqual({ kind: 'open', reverted: [{ id: 'a', values: 1 }] });
    expect(await ledger.countChanges('run-2')).toEqual([]);
  });

  test('a value that entered, left and enters again is logged each time', async () => {
    const { intents, ledger } = current();
    await apply(intents, [anIntent('a', { entered: ['gold'] })], { runId: 'one' });
    await apply(intents, [anIntent('a', { left: ['gold'] })], { runId: 'two' });

    const outcome = await apply(intents, [anIntent('a', { entered: ['gold'] })], { runId: 'three' });

    expect(outcome).toEqual({ kind: 'open', reverted: [] });
    expect((await readLog(ledger, ['gold'])).toSorted()).toEqual([
      'one a +gold',
      'three a +gold',
      'two a -gold',
    ]);
  });

  test('what a stamp proves counts as the last word', async () => {
    const { intents } = current();
    await open(intents, [anIntent('a', { entered: ['gold'] })], { runId: 'lost' });

    const outcome = await open(intents, [anIntent('a', { entered: ['gold'], stamp: aStamp('lost') })]);

    expect(outcome).toEqual({ kind: 'open', reverted: [{ id: 'a', values: 1 }] });
  });

  test('the same request again, its answer lost, answers the same', async () => {
    const { intents } = current();
    await apply(intents, [anIntent('a', { entered: ['gold'] })]);
    const request = [anIntent('a', { entered: ['gold', 'new'] })];

    const first = await open(intents, request, { runId: 'run-2' });
    const second = await apply(intents, request, { runId: 'run-2' });
    const third = await open(intents, request, { runId: 'run-2' });

    expect(first).toEqual({ kind: 'open', reverted: [{ id: 'a', values: 1 }] });
    expect([second, third]).toEqual([first, first]);
  });

  test('an intent that was dropped is nobody’s last word', async () => {
    const { intents } = current();
    await open(intents, [anIntent('a', { entered: ['gold'] })]);
    await intents.settleIntents('run-1', 'conditions', { applied: [], dropped: ['a'] });

    expect(await open(intents, [anIntent('a', { entered: ['gold'] })], { runId: 'run-2' })).toEqual({
      kind: 'open',
      reverted: [],
    });
  });
}

function anIntent(id: string, overrides: Partial<WriteIntent> = {}): WriteIntent {
  return { id, version: '1', entered: [], left: [], stamp: null, ...overrides };
}

function aStamp(runId: string, scans: RunStamp['scans'] = ['conditions']): RunStamp {
  return { runId, scans };
}

function open(intents: IntentLog, opened: readonly WriteIntent[], overrides: Partial<IntentRequest> = {}) {
  return intents.openIntents({
    runId: 'run-1',
    scan: 'conditions',
    batch: 0,
    segments: ['gold'],
    slot: SLOT,
    force: false,
    intents: opened,
    ...overrides,
  });
}

async function apply(
  intents: IntentLog,
  opened: readonly WriteIntent[],
  overrides: Partial<IntentRequest> = {},
) {
  const outcome = await open(intents, opened, overrides);
  const { runId = 'run-1', scan = 'conditions' } = overrides;
  await intents.settleIntents(runId, scan, { applied: opened.map(({ id }) => id), dropped: [] });
  return outcome;
}

async function readLog(ledger: Ledger, values: readonly string[]): Promise<readonly string[]> {
  const log = await ledger.readChanges({ values, limit: 1_000 });
  return log.map(
    ({ runId, profileId, value, change }) =>
      `${runId} ${profileId} ${change === 'entered' ? '+' : '-'}${value}`,
  );
}

function sorted<T extends { readonly value: string }>(changes: readonly T[]): readonly T[] {
  return changes.toSorted((a, b) => (a.value < b.value ? -1 : 1));
}
