import { CancelledFailure } from '@temporalio/activity';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import type { MetProfile } from '../../src/domain/profile.ts';
import { anAttempt, LATER, openBatch, SLOT, type BatchUnderTest } from './batch-under-test.ts';

let batch: BatchUnderTest;

beforeEach(async () => {
  batch = await openBatch();
});

afterEach(() => batch.stores.close());

async function tallyOf(runId: string) {
  return (await batch.stores.ledger.readBatch(runId, 0))?.tally;
}

test('the next page is evaluated and the one after it read while a page is written', async () => {
  await batch.fill(20_000);
  const runId = await batch.plan();
  const seen = batch.onWrite(async (writes, go) => {
    if (writes === 1) await expect.poll(() => seen.pages).toBe(3);
    return go();
  });

  expect(await batch.evaluate(runId)).toMatchObject({ passed: 20_000, changed: 10_000 });
});

test('other work gets its turn before a page is evaluated to its end', async () => {
  await batch.fill(20_000);
  const runId = await batch.plan();
  const order: string[] = [];
  function* watched(met: Iterable<MetProfile>): Generator<MetProfile> {
    setImmediate(() => order.push('other work'));
    yield* met;
    order.push('end of page');
  }
  batch.onPage((page) => ({ ...page, met: watched(page.met) }));

  await batch.evaluate(runId);

  expect(order.slice(0, 2)).toEqual(['other work', 'end of page']);
});

test('a page that takes long beats with the cursor of the page before it, so that nobody takes its worker for lost', async () => {
  await batch.fill(20_000);
  const runId = await batch.plan();
  const { environment, beats } = anAttempt();
  const whileSlow: unknown[] = [];
  batch.onWrite(async (writes, go) => {
    if (writes === 2) {
      const before = beats.length;
      await expect.poll(() => beats.length, { timeout: 10_000 }).toBeGreaterThan(before);
      whileSlow.push(beats[before - 1], beats[before]);
    }
    return go();
  });

  await batch.evaluate(runId, { environment, beats });

  const [ofThePage, ofTheWait] = whileSlow;
  expect(ofThePage).toMatchObject({ next: expect.any(String), tally: { changed: expect.any(Number) } });
  expect(ofTheWait).toEqual(ofThePage);
});

test('a write that fails fails its batch, and a retry goes on from what is written, not from what is read', async () => {
  await batch.fill(20_000);
  const runId = await batch.plan();
  const crashed = anAttempt();
  const seen = batch.onWrite(async (writes, go) => {
    if (writes !== 2) return go();
    await expect.poll(() => seen.pages).toBe(3);
    throw new Error('the store is away');
  });

  await expect(batch.evaluate(runId, crashed)).rejects.toThrow('the store is away');
  const result = await batch.evaluate(runId, anAttempt(crashed.beats.at(-1)));

  expect(result).toMatchObject({ passed: 20_000, changed: 10_000 });
  expect(await tallyOf(runId)).toMatchObject({ evaluated: 10_000, replayed: 0 });
  expect(await batch.stores.profiles.countMembers([['buyers']])).toEqual([10_000]);
});

test('pages with few changes share a write, and the numbers are those of all of them', async () => {
  await batch.stores.putProfiles(
    Array.from({ length: 20_000 }, (_, index) => ({ id: `p-${index}`, orders: index % 100 === 0 ? 1 : 0 })),
  );
  await batch.publish('id: buyers\nkind: live\ncondition: profile@orders > 0 AND profile@id CONTAINS "p"\n');
  const runId = await batch.plan();
  const seen = batch.onWrite((_, go) => go());

  expect(await batch.evaluate(runId)).toMatchObject({ passed: 20_000, changed: 200 });
  expect(seen.writes).toBeLessThan(seen.pages);
});

test.each([
  ['to the end of the batch', 0, 1],
  ['until their first page is ten seconds old', 6_000, 2],
])('a few changes wait %s', async (_, pageTakes, writes) => {
  await batch.stores.putProfiles(
    Array.from({ length: 20_000 }, (_, index) => ({ id: `p-${index}`, orders: index % 100 === 0 ? 1 : 0 })),
  );
  await batch.publish(
    'id: buyers\nkind: live\ncondition: profile@orders > 0 OR profile@id == profile@name\n',
  );
  const runId = await batch.plan();
  const seen = batch.onWrite((_, go) => go());
  let now = 0;
  const clock = vi.spyOn(performance, 'now').mockImplementation(() => now);
  batch.onPage((page) => {
    now += pageTakes;
    return page;
  });

  await batch.evaluate(runId).finally(() => clock.mockRestore());

  expect(seen.writes).toBe(writes);
});

test('a batch that is cancelled while it writes ends when the write has ended', async () => {
  await batch.fill(20_000);
  const runId = await batch.plan();
  const attempt = anAttempt();
  const order: string[] = [];
  const seen = batch.onWrite(async (_, go) => {
    await expect.poll(() => seen.pages).toBe(3);
    attempt.environment.cancel();
    const outcome = await go();
    order.push('written');
    return outcome;
  });

  await expect(batch.evaluate(runId, attempt).finally(() => order.push('ended'))).rejects.toBeInstanceOf(
    CancelledFailure,
  );
  expect(order).toEqual([...Array<string>(seen.writes).fill('written'), 'ended']);
});

test('a batch that is overtaken while it writes reads no further', async () => {
  await batch.fill(40_000);
  const older = await batch.plan(SLOT);
  const seen = batch.onWrite(async (writes, go) => {
    if (writes === 2) await batch.plan(LATER);
    return go();
  });

  expect(await batch.evaluate(older)).toMatchObject({ superseded: true });

  const tally = await tallyOf(older);
  expect(tally?.changed).toBeGreaterThan(0);
  expect(tally?.passed).toBeLessThan(40_000);
  expect(seen.pages).toBeLessThan(8);
});

test('a profile that a page meets twice is logged once, and a retry meets the whole page again', async () => {
  await batch.fill(10);
  const runId = await batch.plan();
  const crashed = anAttempt();
  batch.onPage((page) => {
    const met = [...page.met];
    return { ...page, met: [...met, ...met] };
  });
  batch.onWrite((writes, go) => {
    if (writes === 2) throw new Error('the store is away');
    return go();
  });

  await expect(batch.evaluate(runId, crashed)).rejects.toThrow('the store is away');
  batch.onWrite((_, go) => go());
  await batch.evaluate(runId, anAttempt(crashed.beats.at(-1)));

  expect(crashed.beats).toEqual([]);
  expect((await batch.finish(runId)).state).toBe('completed');
  const lines = await batch.stores.ledger.readChanges({ values: ['buyers'], runId, limit: 100 });
  expect(lines).toHaveLength(5);
});
