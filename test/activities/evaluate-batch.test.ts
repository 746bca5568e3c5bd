import { CancelledFailure } from '@temporalio/activity';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { anAttempt, LATER, openBatch, SLOT, type Attempt, type BatchUnderTest } from './batch-under-test.ts';

let batch: BatchUnderTest;

beforeEach(async () => {
  batch = await openBatch();
});

afterEach(() => batch.stores.close());

const members = (value: string) => batch.stores.profiles.countMembers([[value]]);

async function tallyOf(runId: string) {
  return (await batch.stores.ledger.readBatch(runId, 0))?.tally;
}

/** The worker is lost when all is written and before the ledger hears of it. */
async function evaluateUnheard(runId: string, attempt?: Attempt): Promise<void> {
  batch.onFinish(() => Promise.reject(new Error('its worker was lost')));
  await expect(batch.evaluate(runId, attempt)).rejects.toThrow('its worker was lost');
  batch.onFinish((go) => go());
}

test('a batch writes what changed and heartbeats the end of its range', async () => {
  await batch.fill(10);
  const runId = await batch.plan();
  const attempt = anAttempt();

  const result = await batch.evaluate(runId, attempt);

  expect(result).toEqual({ passed: 10, changed: 5, setAside: 0, superseded: false });
  expect(attempt.beats.at(-1)).toMatchObject({ next: null, tally: { passed: 10, changed: 5 } });
  expect(await members('buyers')).toEqual([5]);
});

test('a batch that is done answers from the ledger and touches no profile', async () => {
  await batch.fill(10);
  const runId = await batch.plan();
  const first = await batch.evaluate(runId);
  await batch.stores.putProfiles([{ id: 'p-0', orders: 7 }]);

  expect(await batch.evaluate(runId)).toEqual(first);
  expect(await members('buyers')).toEqual([5]);
});

test('a retry goes on with the cursor and the numbers of the last acknowledged heartbeat', async () => {
  await batch.fill(10);
  const runId = await batch.plan();
  const crashed = anAttempt();
  await evaluateUnheard(runId, crashed);

  const result = await batch.evaluate(runId, anAttempt(crashed.beats.at(-1)));

  expect(result).toMatchObject({ passed: 10, changed: 5 });
  expect(await tallyOf(runId)).toMatchObject({ replayed: 0 });
});

test('a retry without a heartbeat meets its own changes again and makes none twice', async () => {
  await batch.publish(
    'id: toggles\nkind: live\nworkflow:\n  steps:\n    - when: profile@segments CONTAINS "toggles"\n      then: [{ remove: toggles }]\n      else: [{ add: toggles }]\n',
  );
  await batch.fill(10);
  const runId = await batch.plan();
  await evaluateUnheard(runId);

  await batch.evaluate(runId);

  expect(await members('toggles')).toEqual([10]);
  expect(await batch.stores.ledger.countChanges(runId)).toEqual([{ value: 'toggles', entered: 10, left: 0 }]);
  expect(await tallyOf(runId)).toMatchObject({ replayed: 10, changed: 10 });
});

test('a run whose batch never ended has the numbers of what it wrote, once and as the log has it', async () => {
  await batch.fill(10);
  const runId = await batch.plan();
  await evaluateUnheard(runId);

  await batch.finish(runId, { state: 'cancelled', reason: 'cancelled by a person' });

  expect(await batch.stores.ledger.readRun(runId)).toMatchObject({
    state: 'cancelled',
    segments: [{ entered: 5, left: 0 }],
    totals: { changed: 5 },
  });
});

test('a run that is overtaken after a lost attempt has written is not superseded: it has exceptions', async () => {
  await batch.fill(10);
  const older = await batch.plan(SLOT);
  await evaluateUnheard(older);
  await batch.plan(LATER);
  await batch.evaluate(older);

  await batch.finish(older);

  expect(await batch.stores.ledger.readRun(older)).toMatchObject({
    state: 'completed with exceptions',
    reason: 'a newer slot began while it was under way',
    superseded: ['buyers'],
    supersededBy: LATER,
    totals: { changed: 5 },
  });
});

test('a ledger that takes long to keep the outcome is waited for with beats', async () => {
  await batch.fill(10);
  const runId = await batch.plan();
  const { environment, beats } = anAttempt();
  batch.onFinish(async (go) => {
    const before = beats.length;
    await expect.poll(() => beats.length, { timeout: 10_000 }).toBeGreaterThan(before);
    return go();
  });

  await batch.evaluate(runId, { environment, beats });

  expect(beats.at(-1)).toMatchObject({ next: null, tally: { passed: 10 } });
});

test('a cancelled batch stops before its next page', async () => {
  await batch.fill(10);
  const runId = await batch.plan();
  const attempt = anAttempt();
  attempt.environment.cancel();

  await expect(batch.evaluate(runId, attempt)).rejects.toBeInstanceOf(CancelledFailure);
  expect(await members('buyers')).toEqual([0]);
});

test('a batch for an older slot than the newest begun writes nothing and says so', async () => {
  await batch.fill(10);
  const older = await batch.plan(SLOT);
  await batch.plan(LATER);

  expect(await batch.evaluate(older)).toEqual({ passed: 0, changed: 0, setAside: 0, superseded: true });
  expect(await members('buyers')).toEqual([0]);
});

test('a profile of the wrong shape is set aside with its reason, and the others are done', async () => {
  await batch.fill(4);
  await batch.stores.putProfiles([{ id: 'odd', orders: 3, segments: 'not a list' }]);
  const runId = await batch.plan();

  expect(await batch.evaluate(runId)).toMatchObject({ changed: 2, setAside: 1 });
  expect(await batch.stores.ledger.readSetAside(runId, 10)).toEqual([
    { id: 'odd', reason: expect.stringContaining('segments') },
  ]);
  expect((await tallyOf(runId))?.segments).toMatchObject({ buyers: { entered: 2, errors: 1 } });
});

test('a profile that is set aside counts for all segments of its scan, and for those only', async () => {
  const repeat = 'id: repeat\nkind: live\ncondition: profile@orders > 1\n';
  const tiers = 'id: tiers\nkind: live\nworkflow:\n  steps:\n    - then: [{ add: silver }]\n';
  await batch.publish('id: buyers\nkind: live\ncondition: profile@orders > 0\n', repeat, tiers);
  await batch.fill(2);
  await batch.stores.putProfiles([{ id: 'odd', orders: 3, segments: 'not a list' }]);
  const runId = await batch.plan();

  await batch.evaluate(runId);

  expect((await batch.stores.ledger.readBatch(runId, 0))?.scan).toBe('conditions');
  expect((await tallyOf(runId))?.segments).toEqual({
    buyers: { entered: 1, left: 0, errors: 1, mismatches: 0 },
    repeat: { entered: 0, left: 0, errors: 1, mismatches: 0 },
  });
});

test('a profile that another writer changes meanwhile is read and evaluated again', async () => {
  await batch.fill(4);
  const runId = await batch.plan();
  batch.onWrite(async (writes, go) => {
    if (writes === 1) await batch.stores.putProfiles([{ id: 'p-1', orders: 0 }]);
    return go();
  });

  await batch.evaluate(runId);

  expect(await batch.stores.profiles.readMembers(['buyers'], { limit: 10 })).toEqual(['p-3']);
  expect(await tallyOf(runId)).toMatchObject({ conflicts: 1, changed: 1 });
});
