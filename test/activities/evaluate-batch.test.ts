import { CancelledFailure } from '@temporalio/activity';
import { MockActivityEnvironment } from '@temporalio/testing';
import { afterEach, beforeEach, expect, test } from 'vitest';
import {
  createLedgerActivities,
  createProfileActivities,
  type ActivityDeps,
} from '../../src/activities/create-activities.ts';
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
  await evaluate(runId, crashed);
  await stores.ledger.finishBatch(runId, 0, { state: 'failed', failure: 'its worker was lost' });

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

test('a retry without a heartbeat meets its own changes again and makes none twice', async () => {
  await publish(
    'id: toggles\nkind: live\nworkflow:\n  steps:\n    - when: profile@segments CONTAINS "toggles"\n      then: [{ remove: toggles }]\n      else: [{ add: toggles }]\n',
  );
  await fill(10);
  const runId = await plan();
  await evaluate(runId);
  await stores.ledger.finishBatch(runId, 0, { state: 'failed', failure: 'its worker was lost' });

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

test('a batch for an older slot than the newest begun writes nothing and says so', async () => {
  await fill(10);
  const older = await plan(SLOT);
  await plan(LATER);

  expect(await evaluate(older)).toMatchObject({ changed: 0, superseded: true });
  expect(await stores.profiles.countMembers([['buyers']])).toEqual([0]);
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
