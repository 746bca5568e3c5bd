import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { IntentLog } from '../../src/activities/intent-log.ts';
import type { ChangesQuery, DefinitionSet, Ledger, NewRun } from '../../src/activities/ledger.ts';
import { RunNotFound, UserError } from '../../src/domain/errors.ts';
import type { MembershipChange, ScanKind } from '../../src/domain/run.ts';
import { aRun, aTally, SLOT } from './builders.ts';

const LATER = '2026-11-20T10:00:00.000Z';

export interface LoggedChange {
  readonly id: string;
  readonly entered: readonly string[];
  readonly left: readonly string[];
}

/** A ledger under test, empty. */
export interface LedgerUnderTest {
  readonly ledger: Ledger;
  /** Logs these changes as a run's writes do, those of its conditions where nothing else is said. */
  readonly log: (runId: string, changes: readonly LoggedChange[], scan?: ScanKind) => Promise<void>;
  readonly close: () => Promise<void>;
}

/** As it is logged of profiles that live in another store. */
export function logByIntents(intents: IntentLog): LedgerUnderTest['log'] {
  return async (runId, changes, scan = 'conditions') => {
    const request = { runId, scan, batch: 0, segments: [], slot: SLOT, force: false };
    const opened = changes.map((change) => ({ ...change, version: '1', stamp: null }));
    await intents.openIntents({ ...request, intents: opened });
    await intents.settleIntents(runId, scan, { applied: changes.map(({ id }) => id), dropped: [] });
  };
}

/** What every ledger promises; `create` gives a fresh, empty one. */
export function describeLedger(name: string, create: () => Promise<LedgerUnderTest>): void {
  describe(`${name} keeps the promises of a ledger`, () => {
    let store: LedgerUnderTest;
    beforeEach(async () => {
      store = await create();
    });
    afterEach(() => store.close());
    describeDefinitions(() => store);
    describeRuns(() => store);
    describeBatches(() => store);
    describeLog(() => store);
    describePages(() => store);
    describePauses(() => store);
  });
}

function describeDefinitions(current: () => LedgerUnderTest): void {
  const set = (hash: string): DefinitionSet => ({
    hash,
    author: 'someone',
    publishedAt: SLOT,
    definitions: [{ id: 'gold', owner: 'default', file: 'gold.yaml', content: `id: gold # ${hash} "ž"\n` }],
  });

  test('nothing published reads as null, and so does an unknown hash', async () => {
    const { ledger } = current();

    expect(await ledger.readDefinitions(null)).toBeNull();
    expect(await ledger.readDefinitions('unknown')).toBeNull();
  });

  test('every set is kept under its hash, and the last one published is the current one', async () => {
    const { ledger } = current();
    await ledger.publishDefinitions(set('one'));
    await ledger.publishDefinitions(set('two'));

    expect(await ledger.readDefinitions(null)).toEqual(set('two'));
    expect(await ledger.readDefinitions('one')).toEqual(set('one'));

    await ledger.publishDefinitions(set('one'));
    expect((await ledger.readDefinitions(null))?.hash).toBe('one');
  });

  test('why a definition is retired is kept with it', async () => {
    const { ledger } = current();
    const [gold] = set('one').definitions;
    if (gold === undefined) throw new Error('no definition');
    const definitions = [{ ...gold, retired: { kind: 'renamed' as const, to: 'vip' } }];
    await ledger.publishDefinitions({ ...set('one'), definitions });

    expect((await ledger.readDefinitions('one'))?.definitions).toEqual(definitions);
  });

  test('publishing the same set again keeps its first author and time', async () => {
    const { ledger } = current();
    await ledger.publishDefinitions(set('one'));
    await ledger.publishDefinitions({ ...set('one'), author: 'someone else', publishedAt: LATER });

    expect(await ledger.readDefinitions(null)).toEqual(set('one'));
  });
}

function describeRuns(current: () => LedgerUnderTest): void {
  test('a run is running from its begin and has its numbers after its end', async () => {
    const { ledger } = current();
    await ledger.beginRun(aRun({ leftOut: [{ id: 'x', reason: 'line 3' }] }), []);
    const running = await ledger.readRun('run-1');
    const { passed, evaluated, changed, conflicts, setAside, replayed, drift, reverted } = aTally();
    const totals = { passed, evaluated, changed, conflicts, setAside, replayed, drift, reverted };
    const end = {
      runId: 'run-1',
      state: 'completed with exceptions' as const,
      reason: 'two batches failed',
      endedAt: LATER,
      failedBatches: 2,
      totals,
      superseded: ['gold'],
      supersededBy: LATER,
      segments: [{ id: 'gold', members: 5, entered: 3, left: 1, errors: 0, mismatches: 2 }],
      sample: [{ id: 'a', entered: ['gold'], left: [], segments: ['gold'] }],
    };
    await ledger.finishRun(end);

    expect(running).toMatchObject({
      ...aRun({ leftOut: [{ id: 'x', reason: 'line 3' }] }),
      state: 'running',
      endedAt: null,
      totals: null,
      segments: [],
    });
    expect(await ledger.readRun('run-1')).toEqual({ ...running, ...end });
  });

  test('beginning a run twice changes nothing and answers the same', async () => {
    const { ledger } = current();
    const batches = [{ scan: 'conditions' as const, range: '0-10' }];
    await ledger.beginRun(aRun({ runId: 'newer', slot: LATER, segmentIds: ['silver'] }), []);

    const first = await ledger.beginRun(aRun({ segmentIds: ['gold', 'silver'], batches: 1 }), batches);
    await ledger.finishBatch('run-1', 0, { state: 'done', tally: aTally() });
    await ledger.beginRun(aRun({ runId: 'newest', slot: LATER }), []);
    const second = await ledger.beginRun(aRun({ segmentIds: ['gold', 'silver'], profiles: 7 }), [
      ...batches,
      ...batches,
    ]);

    expect([first, second]).toEqual([['silver'], ['silver']]);
    expect(await ledger.readOvertaken(['gold', 'silver', 'never begun'], SLOT)).toEqual(['gold', 'silver']);
    expect(await ledger.readOvertaken(['gold', 'silver'], LATER)).toEqual([]);
    expect(await ledger.readOvertaken([], SLOT)).toEqual([]);
    expect(await ledger.readNewestSlot(['silver', 'never begun'])).toBe(LATER);
    expect(await ledger.readNewestSlot(['never begun'])).toBeNull();
    expect((await ledger.readRun('run-1'))?.profiles).toBe(100);
    expect((await ledger.readBatches('run-1')).map(({ state }) => state)).toEqual(['done']);
  });

  test('runs are listed newest first', async () => {
    const { ledger } = current();
    for (const runId of ['one', 'two', 'three']) await ledger.beginRun(aRun({ runId }), []);

    expect((await ledger.readRuns({ limit: 2 })).map(({ runId }) => runId)).toEqual(['three', 'two']);
  });

  test('open runs are those without an end, the oldest first', async () => {
    const { ledger } = current();
    for (const runId of ['one', 'two', 'three']) await ledger.beginRun(aRun({ runId }), []);
    const { passed, evaluated, changed, conflicts, setAside, replayed, drift, reverted } = aTally();
    await ledger.finishRun({
      runId: 'two',
      state: 'completed',
      reason: null,
      endedAt: LATER,
      failedBatches: 0,
      totals: { passed, evaluated, changed, conflicts, setAside, replayed, drift, reverted },
      superseded: [],
      supersededBy: null,
      segments: [],
      sample: [],
    });

    expect(await ledger.readOpenRuns()).toMatchObject([
      { runId: 'one', state: 'running', endedAt: null },
      { runId: 'three', state: 'running', endedAt: null },
    ]);
  });

  test('only a writing run moves the fence', async () => {
    const { ledger } = current();
    await ledger.beginRun(aRun({ runId: 'dry', slot: LATER, mode: 'count' }), []);

    expect(await ledger.beginRun(aRun(), [])).toEqual([]);
    expect(await ledger.beginRun(aRun({ runId: 'later', slot: LATER }), [])).toEqual([]);
    expect(await ledger.beginRun(aRun({ runId: 'late' }), [])).toEqual(['gold']);
    expect(await ledger.beginRun(aRun({ runId: 'same slot', slot: '2026-11-20T10:00:00Z' }), [])).toEqual([]);
  });

  test('a forced run takes back a fence that stands in the future, and no other', async () => {
    const { ledger } = current();
    const begin = (runId: string, slot: string, rest: Partial<NewRun> = {}) =>
      ledger.beginRun(aRun({ runId, slot, ...rest }), []);
    await begin('far', '2030-01-01T00:00:00Z', { segmentIds: ['gold', 'silver'] });
    await begin('counted', LATER, { startedAt: LATER, mode: 'count', force: true });
    expect(await begin('scheduled', LATER, { startedAt: LATER })).toEqual(['gold']);

    expect(await begin('forced', LATER, { startedAt: LATER, force: true })).toEqual([]);

    expect(await begin('next', '2026-11-20T11:00:00Z')).toEqual([]);
    await begin('forced, of the past', SLOT, { startedAt: '2026-11-20T12:00:00Z', force: true });
    expect(await ledger.readOvertaken(['gold', 'silver'], LATER)).toEqual(['gold', 'silver']);
    expect(await ledger.readOvertaken(['gold'], '2026-11-20T11:00:00Z')).toEqual([]);
  });

  test('an unknown run reads as null and cannot be finished', async () => {
    const { ledger } = current();
    const end = { state: 'failed' as const, reason: null, endedAt: LATER, failedBatches: 0, totals: null };

    expect(await ledger.readRun('nobody')).toBeNull();
    await expect(
      ledger.finishRun({
        runId: 'nobody',
        ...end,
        superseded: [],
        supersededBy: null,
        segments: [],
        sample: [],
      }),
    ).rejects.toThrow(RunNotFound);
  });
}

function describeBatches(current: () => LedgerUnderTest): void {
  test('a batch keeps its last outcome', async () => {
    const { ledger } = current();
    await ledger.beginRun(aRun({ batches: 2 }), [
      { scan: 'conditions', range: '0-10' },
      { scan: 'workflows', range: '10-20' },
    ]);
    await ledger.finishBatch('run-1', 1, { state: 'failed', failure: 'the disk is full' });
    const failed = await ledger.readBatch('run-1', 1);
    await ledger.finishBatch('run-1', 1, { state: 'done', tally: aTally() });

    expect(failed).toEqual({
      batch: 1,
      scan: 'workflows',
      range: '10-20',
      state: 'failed',
      failure: 'the disk is full',
      tally: null,
    });
    expect(await ledger.readBatches('run-1')).toEqual([
      { batch: 0, scan: 'conditions', range: '0-10', state: 'pending', failure: null, tally: null },
      { batch: 1, scan: 'workflows', range: '10-20', state: 'done', failure: null, tally: aTally() },
    ]);
  });

  test('a batch that is done stays done, whatever is said of it later', async () => {
    const { ledger } = current();
    await ledger.beginRun(aRun(), [{ scan: 'conditions', range: '0-10' }]);
    await ledger.finishBatch('run-1', 0, { state: 'done', tally: aTally() });

    await ledger.finishBatch('run-1', 0, { state: 'failed', failure: 'its worker was lost' });

    expect(await ledger.readBatch('run-1', 0)).toMatchObject({
      state: 'done',
      failure: null,
      tally: aTally(),
    });
  });

  test('a batch that does not exist reads as null and takes no outcome', async () => {
    const { ledger } = current();
    await ledger.beginRun(aRun(), []);

    expect(await ledger.readBatch('run-1', 0)).toBeNull();
    await expect(ledger.finishBatch('run-1', 0, { state: 'failed', failure: 'x' })).rejects.toThrow(
      RunNotFound,
    );
  });

  test('profiles set aside are kept once a run, by id', async () => {
    const { ledger } = current();
    const wrong = (id: string) => ({ id, reason: `${id} is wrong` });
    await ledger.recordSetAside('run-1', [wrong('b'), wrong('a')]);
    await ledger.recordSetAside('run-1', [wrong('b'), { id: 'a', reason: 'another' }, wrong('c')]);
    await ledger.recordSetAside('run-2', [wrong('z')]);

    expect(await ledger.readSetAside('run-1', 10)).toEqual(['a', 'b', 'c'].map(wrong));
    expect(await ledger.readSetAside('run-1', 1)).toEqual([wrong('a')]);
  });
}

function describeLog(current: () => LedgerUnderTest): void {
  test('the log lists the newest run first, then by profile, and counts by value', async () => {
    const { ledger, log: logChanges } = current();
    const ids = ['shopper-2', 'shopper-1', 'shopper-0'];
    await ledger.beginRun(aRun({ runId: 'run-1' }), []);
    await logChanges(
      'run-1',
      ids.map((id) => ({ id, entered: ['run-1 "v"', 'both'], left: [] })),
    );
    await ledger.beginRun(aRun({ runId: 'run-2' }), []);
    await logChanges(
      'run-2',
      ids.map((id) => ({ id, entered: ['run-2 "v"'], left: ['both'] })),
    );

    const log = await ledger.readChanges({ values: ['both', 'run-1 "v"'], limit: 5 });
    const one = await ledger.readChanges({ values: ['both'], runId: 'run-1', limit: 10 });

    expect(log.map(({ runId, profileId, value }) => [runId, profileId, value])).toEqual([
      ['run-2', 'shopper-0', 'both'],
      ['run-2', 'shopper-1', 'both'],
      ['run-2', 'shopper-2', 'both'],
      ['run-1', 'shopper-0', 'run-1 "v"'],
      ['run-1', 'shopper-0', 'both'],
    ]);
    expect(one.map(({ profileId }) => profileId)).toEqual(['shopper-0', 'shopper-1', 'shopper-2']);
    expect(
      new Map((await ledger.countChanges('run-2')).map(({ value, ...counts }) => [value, counts])),
    ).toEqual(
      new Map([
        ['both', { entered: 0, left: 3 }],
        ['run-2 "v"', { entered: 3, left: 0 }],
      ]),
    );
    expect(await ledger.readChanges({ values: ['both'], runId: 'nobody', limit: 10 })).toEqual([]);
  });

  test('a firing belongs to the first run that claims it', async () => {
    const { ledger } = current();
    const firing = { segmentId: 'diwali', at: '2026-11-08T09:00:00+05:30', runId: 'one' };

    expect(await ledger.claimFiring(firing)).toBe(true);
    expect(await ledger.claimFiring({ ...firing, runId: 'two' })).toBe(false);
    expect(await ledger.claimFiring({ ...firing, at: '2026-11-08T03:30:00Z' })).toBe(true);
    expect(await ledger.claimFiring({ ...firing, at: '2026-11-09T03:30:00Z', runId: 'two' })).toBe(true);
  });

  test('of callers at the same time only one gets a firing', async () => {
    const { ledger } = current();
    const claims = Array.from({ length: 8 }, (_, index) =>
      ledger.claimFiring({ segmentId: 'diwali', at: SLOT, runId: `run-${index}` }),
    );

    expect((await Promise.all(claims)).filter(Boolean).length).toBe(1);
  });
}

function describePages(current: () => LedgerUnderTest): void {
  const IDS = ['A', 'a', "a 'b'", 'ž', '\uFFFD', '\u{1F600}'];
  const entering = (ids: readonly string[], ...entered: readonly string[]) =>
    ids.map((id) => ({ id, entered, left: [] }));

  async function logTwoRuns({ ledger, log }: LedgerUnderTest): Promise<void> {
    for (const runId of ['first', 'second']) await ledger.beginRun(aRun({ runId }), []);
    await log('first', entering(IDS, 'x', 'y'));
    await log('second', entering(IDS.slice(1, 4), 'w'), 'workflows');
    await log(
      'second',
      IDS.map((id) => ({ id, entered: ['z'], left: ['y', 'x'] })),
    );
  }

  async function readPages(ledger: Ledger, query: ChangesQuery): Promise<readonly MembershipChange[]> {
    const page = await ledger.readChanges(query);
    expect(page.length).toBeLessThanOrEqual(query.limit);
    const last = page.at(-1);
    if (last === undefined) return [];
    return [...page, ...(await readPages(ledger, { ...query, after: last.cursor }))];
  }

  test('pages of any size hold each line once and in its place', async () => {
    const { ledger } = current();
    await logTwoRuns(current());
    const queries = [
      { values: ['w', 'x', 'y', 'z'] },
      { values: ['w', 'x'] },
      { values: ['x', 'y', 'z'], runId: 'first' },
    ];

    for (const query of queries) {
      const whole = await ledger.readChanges({ ...query, limit: 1_000 });
      for (const limit of [1, 2, 3, 4, 7])
        expect(await readPages(ledger, { ...query, limit })).toEqual(whole);
    }
    const lines = await readPages(ledger, { values: ['w', 'x', 'y', 'z'], limit: 2 });
    expect(lines.slice(0, 7).map(({ profileId, value, change }) => [profileId, value, change])).toEqual([
      ['A', 'y', 'left'],
      ['A', 'x', 'left'],
      ['A', 'z', 'entered'],
      ['a', 'y', 'left'],
      ['a', 'x', 'left'],
      ['a', 'z', 'entered'],
      ['a', 'w', 'entered'],
    ]);
    expect([...new Set(lines.map(({ runId, profileId }) => `${runId} ${profileId}`))]).toEqual(
      ['second', 'first'].flatMap((runId) => IDS.map((id) => `${runId} ${id}`)),
    );
  });

  test('lines that are logged between two pages neither repeat nor hide older ones', async () => {
    const { ledger, log } = current();
    const values = ['w', 'x', 'y', 'z'];
    await logTwoRuns(current());
    const older = await ledger.readChanges({ values, limit: 1_000 });
    const read = await ledger.readChanges({ values, limit: 5 });

    await log('second', entering(['0', 'aa'], 'x'));
    await log('second', entering(['A', '\u{1F600}'], 'w'), 'workflows');
    await log('first', entering(['b'], 'x', 'w'));
    await ledger.beginRun(aRun({ runId: 'third' }), []);
    await log('third', entering(IDS, 'x'));

    const rest = await readPages(ledger, { values, limit: 2, after: read.at(-1)?.cursor ?? '' });
    const known = new Set(older.map(({ cursor }) => cursor));
    expect(rest.filter(({ cursor }) => known.has(cursor))).toEqual(older.slice(5));
    expect(
      rest.filter(({ cursor }) => !known.has(cursor)).map(({ runId, profileId }) => [runId, profileId]),
    ).toEqual([
      ['second', 'aa'],
      ['second', '\u{1F600}'],
      ['first', 'b'],
      ['first', 'b'],
    ]);
  });

  test('a value that the segment has lost or gained meanwhile moves no other line', async () => {
    const { ledger } = current();
    await logTwoRuns(current());
    const [, read] = await ledger.readChanges({ values: ['x', 'y', 'z'], limit: 2 });

    const [next] = await ledger.readChanges({ values: ['x', 'z'], limit: 1, after: read?.cursor ?? '' });

    expect(read).toMatchObject({ profileId: 'A', value: 'x' });
    expect(next).toMatchObject({ profileId: 'A', value: 'z' });
  });

  test('what is no cursor, or not all of one, is refused', async () => {
    const { ledger } = current();
    await logTwoRuns(current());
    const [line] = await ledger.readChanges({ values: ['x'], limit: 1 });

    for (const after of ['', 'a', 'W10', line?.cursor.slice(0, -1) ?? '']) {
      await expect(ledger.readChanges({ values: ['x'], limit: 1, after })).rejects.toThrow(UserError);
    }
  });
}

function describePauses(current: () => LedgerUnderTest): void {
  const pause = (segmentId: string, reason: string, pausedAt = SLOT) => ({ segmentId, reason, pausedAt });

  test('a segment is paused with its reason until it is resumed', async () => {
    const { ledger } = current();
    await ledger.pauseSegment(pause('silver', `"ž" isn't right`));
    await ledger.pauseSegment(pause('gold', 'why'));
    expect(await ledger.readPausedSegments()).toEqual([
      pause('gold', 'why'),
      pause('silver', `"ž" isn't right`),
    ]);

    expect(await ledger.resumeSegment('gold')).toBe(true);
    expect(await ledger.readPausedSegments()).toEqual([pause('silver', `"ž" isn't right`)]);
  });

  test('pausing again replaces the reason, and resuming what is not paused does nothing', async () => {
    const { ledger } = current();
    await ledger.pauseSegment(pause('gold', 'why'));
    await ledger.pauseSegment(pause('gold', 'another', LATER));

    expect(await ledger.readPausedSegments()).toEqual([pause('gold', 'another', LATER)]);
    expect(await ledger.resumeSegment('silver')).toBe(false);
  });
}
