import { CancelledFailure } from '@temporalio/activity';
import { MockActivityEnvironment } from '@temporalio/testing';
import { afterEach, beforeEach, expect, test } from 'vitest';
import {
  createLedgerActivities,
  createProfileActivities,
  type ActivityDeps,
} from '../../src/activities/create-activities.ts';
import type { WriteOutcome } from '../../src/activities/profile-store.ts';
import type { Stores } from '../../src/workers/open-stores.ts';
import { activityDeps, openFreshStores, planInput } from '../support/fresh-stores.ts';

const SLOT = '2026-11-20T09:00:00.000Z';
const LATER = '2026-11-20T10:00:00.000Z';

let stores: Stores;
let deps: ActivityDeps;

beforeEach(async () => {
  stores = await openFreshStores();
  deps = activityDeps(stores, () => new Date(SLOT));
  await publish('id: buyers\nkind: live\ncondition: profile@orders > 0\n');
});

afterEach(() => stores.close());

async function publish(...contents: readonly string[]): Promise<void> {
  const definitions = contents.map((content, index) => ({
    id: `s${index}`,
    owner: '',
    file: `${index}.yaml`,
    content,
  }));
  await createLedgerActivities(deps).publishDefinitions({ author: 'test', owner: null, definitions });
}

async function fill(count: number): Promise<void> {
  await stores.putProfiles(
    Array.from({ length: count }, (_, index) => ({ id: `p-${index}`, orders: index % 2 })),
  );
}

/** Plans a run as its workflow would; answers its id. */
async function plan(slot = SLOT): Promise<string> {
  const input = planInput(slot);
  await createLedgerActivities(deps).planRun(input);
  return input.runId;
}

function evaluate(runId: string, environment = new MockActivityEnvironment()) {
  return environment.run(createProfileActivities(deps).evaluateBatch, { runId, batch: 0 });
}

/** The worker is lost when all is written and before the ledger hears of it. */
async function evaluateUnheard(runId: string, environment?: MockActivityEnvironment): Promise<void> {
  const heard = deps;
  const finishBatch = () => Promise.reject(new Error('its worker was lost'));
  deps = { ...heard, ledger: { ...heard.ledger, finishBatch } };
  await expect(evaluate(runId, environment)).rejects.toThrow('its worker was lost');
  deps = heard;
}

test('a batch writes what changed and heartbeats the end of its range', async () => {
  await fill(10);
  const runId = await plan();
  const environment = new MockActivityEnvironment();
  const beats: unknown[] = [];
  environment.on('heartbeat', (details: unknown) => beats.push(details));

  const result = await evaluate(runId, environment);

  expect(result).toEqual({ passed: 10, changed: 5, setAside: 0, superseded: false });
  expect(beats.at(-1)).toMatchObject({ next: null, tally: { passed: 10, changed: 5 } });
  expect(await stores.profiles.countMembers([['buyers']])).toEqual([5]);
});

test('a batch that is done answers from the ledger and touches no profile', async () => {
  await fill(10);
  const runId = await plan();
  const first = await evaluate(runId);
  await stores.putProfiles([{ id: 'p-0', orders: 7 }]);

  expect(await evaluate(runId)).toEqual(first);
  expect(await stores.profiles.countMembers([['buyers']])).toEqual([5]);
});

test('a retry goes on with the cursor and the numbers of the last acknowledged heartbeat', async () => {
  await fill(10);
  const runId = await plan();
  const beats: unknown[] = [];
  const crashed = new MockActivityEnvironment();
  crashed.on('heartbeat', (details: unknown) => beats.push(details));
  await evaluateUnheard(runId, crashed);

  const result = await evaluate(runId, new MockActivityEnvironment({ heartbeatDetails: beats.at(-1) }));

  expect(result).toMatchObject({ passed: 10, changed: 5 });
  expect((await stores.ledger.readBatch(runId, 0))?.tally).toMatchObject({ replayed: 0 });
});

test('a page that takes long beats with the cursor of the page before it, so that nobody takes its worker for lost', async () => {
  await fill(20_000);
  const runId = await plan();
  const beats: unknown[] = [];
  const environment = new MockActivityEnvironment();
  environment.on('heartbeat', (details: unknown) => beats.push(details));
  const { profiles } = stores;
  let pages = 0;
  const whileSlow: unknown[] = [];
  deps = {
    ...deps,
    profiles: {
      ...profiles,
      writeChanges: async (request) => {
        pages += 1;
        if (pages === 2) {
          const before = beats.length;
          await expect.poll(() => beats.length, { timeout: 10_000 }).toBeGreaterThan(before);
          whileSlow.push(beats[before - 1], beats[before]);
        }
        return profiles.writeChanges(request);
      },
    },
  };

  await evaluate(runId, environment);

  const [ofThePage, ofTheWait] = whileSlow;
  expect(ofThePage).toMatchObject({ next: expect.any(String), tally: { changed: expect.any(Number) } });
  expect(ofTheWait).toEqual(ofThePage);
});

test('a ledger that takes long to keep the outcome is waited for with beats', async () => {
  await fill(10);
  const runId = await plan();
  const beats: unknown[] = [];
  const environment = new MockActivityEnvironment();
  environment.on('heartbeat', (details: unknown) => beats.push(details));
  const { ledger } = stores;
  deps = {
    ...deps,
    ledger: {
      ...ledger,
      finishBatch: async (...outcome) => {
        const before = beats.length;
        await expect.poll(() => beats.length, { timeout: 10_000 }).toBeGreaterThan(before);
        return ledger.finishBatch(...outcome);
      },
    },
  };

  await evaluate(runId, environment);

  expect(beats.at(-1)).toMatchObject({ next: null, tally: { passed: 10 } });
});

test('a retry without a heartbeat meets its own changes again and makes none twice', async () => {
  await publish(
    'id: toggles\nkind: live\nworkflow:\n  steps:\n    - when: profile@segments CONTAINS "toggles"\n      then: [{ remove: toggles }]\n      else: [{ add: toggles }]\n',
  );
  await fill(10);
  const runId = await plan();
  await evaluateUnheard(runId);

  await evaluate(runId);

  expect(await stores.profiles.countMembers([['toggles']])).toEqual([10]);
  expect(await stores.ledger.countChanges(runId)).toEqual([{ value: 'toggles', entered: 10, left: 0 }]);
  expect((await stores.ledger.readBatch(runId, 0))?.tally).toMatchObject({ replayed: 10, changed: 10 });
});

test('a cancelled batch stops before its next page', async () => {
  await fill(10);
  const runId = await plan();
  const environment = new MockActivityEnvironment();
  environment.cancel();

  await expect(evaluate(runId, environment)).rejects.toBeInstanceOf(CancelledFailure);
  expect(await stores.profiles.countMembers([['buyers']])).toEqual([0]);
});

/** The store, with each write of a batch in the hands of a test; `pages` counts the pages asked for. */
function watchWrites(write: (writes: number, go: () => Promise<WriteOutcome>) => Promise<WriteOutcome>) {
  const seen = { pages: 0, writes: 0 };
  const { profiles } = stores;
  deps = {
    ...deps,
    profiles: {
      ...profiles,
      openScan: (request) => {
        const scan = profiles.openScan(request);
        const readPage: typeof scan.readPage = (range, after) => {
          seen.pages += 1;
          return scan.readPage(range, after);
        };
        return { ...scan, readPage };
      },
      writeChanges: (request) => {
        seen.writes += 1;
        return write(seen.writes, () => profiles.writeChanges(request));
      },
    },
  };
  return seen;
}

test('the next page is evaluated and the one after it read while a page is written', async () => {
  await fill(20_000);
  const runId = await plan();
  const seen = watchWrites(async (writes, go) => {
    if (writes === 1) await expect.poll(() => seen.pages).toBe(3);
    return go();
  });

  expect(await evaluate(runId)).toMatchObject({ passed: 20_000, changed: 10_000 });
});

test('a write that fails fails its batch, and a retry goes on from what is written, not from what is read', async () => {
  await fill(20_000);
  const runId = await plan();
  const beats: unknown[] = [];
  const crashed = new MockActivityEnvironment();
  crashed.on('heartbeat', (details: unknown) => beats.push(details));
  const seen = watchWrites(async (writes, go) => {
    if (writes !== 2) return go();
    await expect.poll(() => seen.pages).toBe(3);
    throw new Error('the store is away');
  });

  await expect(evaluate(runId, crashed)).rejects.toThrow('the store is away');
  const result = await evaluate(runId, new MockActivityEnvironment({ heartbeatDetails: beats.at(-1) }));

  expect(result).toMatchObject({ passed: 20_000, changed: 10_000 });
  expect((await stores.ledger.readBatch(runId, 0))?.tally).toMatchObject({ evaluated: 10_000, replayed: 0 });
  expect(await stores.profiles.countMembers([['buyers']])).toEqual([10_000]);
});

test('pages with few changes share a write, and the numbers are those of all of them', async () => {
  await stores.putProfiles(
    Array.from({ length: 20_000 }, (_, index) => ({ id: `p-${index}`, orders: index % 100 === 0 ? 1 : 0 })),
  );
  await publish('id: buyers\nkind: live\ncondition: profile@orders > 0 AND profile@id CONTAINS "p"\n');
  const runId = await plan();
  const seen = watchWrites((_, go) => go());

  expect(await evaluate(runId)).toMatchObject({ passed: 20_000, changed: 200 });
  expect(seen.writes).toBeLessThan(seen.pages);
});

test('a batch that is cancelled while it writes ends when the write has ended', async () => {
  await fill(20_000);
  const runId = await plan();
  const environment = new MockActivityEnvironment();
  const order: string[] = [];
  const seen = watchWrites(async (_, go) => {
    await expect.poll(() => seen.pages).toBe(3);
    environment.cancel();
    const outcome = await go();
    order.push('written');
    return outcome;
  });

  await expect(evaluate(runId, environment).finally(() => order.push('ended'))).rejects.toBeInstanceOf(
    CancelledFailure,
  );
  expect(order).toEqual([...Array<string>(seen.writes).fill('written'), 'ended']);
});

test('a batch for an older slot than the newest begun writes nothing and says so', async () => {
  await fill(10);
  const older = await plan(SLOT);
  await plan(LATER);

  expect(await evaluate(older)).toEqual({ passed: 0, changed: 0, setAside: 0, superseded: true });
  expect(await stores.profiles.countMembers([['buyers']])).toEqual([0]);
});

test('a batch that is overtaken while it writes reads no further', async () => {
  await fill(40_000);
  const older = await plan(SLOT);
  const seen = watchWrites(async (writes, go) => {
    if (writes === 2) await plan(LATER);
    return go();
  });

  expect(await evaluate(older)).toMatchObject({ superseded: true });

  const tally = (await stores.ledger.readBatch(older, 0))?.tally;
  expect(tally?.changed).toBeGreaterThan(0);
  expect(tally?.passed).toBeLessThan(40_000);
  expect(seen.pages).toBeLessThan(8);
});

test('a profile of the wrong shape is set aside with its reason, and the others are done', async () => {
  await fill(4);
  await stores.putProfiles([{ id: 'odd', orders: 3, segments: 'not a list' }]);
  const runId = await plan();

  expect(await evaluate(runId)).toMatchObject({ changed: 2, setAside: 1 });
  expect(await stores.ledger.readSetAside(runId, 10)).toEqual([
    { id: 'odd', reason: expect.stringContaining('segments') },
  ]);
});

test('a profile that another writer changes meanwhile is read and evaluated again', async () => {
  await fill(4);
  const runId = await plan();
  let raced = false;
  const { profiles } = stores;
  deps = {
    ...deps,
    profiles: {
      ...profiles,
      writeChanges: async (request) => {
        if (!raced) {
          raced = true;
          await stores.putProfiles([{ id: 'p-1', orders: 0 }]);
        }
        return profiles.writeChanges(request);
      },
    },
  };

  await evaluate(runId);

  expect(await profiles.readMembers(['buyers'], { limit: 10 })).toEqual(['p-3']);
  expect((await stores.ledger.readBatch(runId, 0))?.tally).toMatchObject({ conflicts: 1, changed: 1 });
});
