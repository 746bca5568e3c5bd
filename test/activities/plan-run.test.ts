import { MockActivityEnvironment } from '@temporalio/testing';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { createLedgerActivities, type ActivityDeps } from '../../src/activities/create-activities.ts';
import type { RunPlan } from '../../src/activities/plan-run.ts';
import type { Stores } from '../../src/workers/open-stores.ts';
import { activityDeps, openFreshStores, planInput } from '../support/fresh-stores.ts';

const SLOT = '2026-11-20T09:00:00.000Z';

let stores: Stores;
let deps: ActivityDeps;

beforeEach(async () => {
  stores = await openFreshStores();
  deps = activityDeps(stores, () => new Date(SLOT));
  await publish('id: buyers\nkind: live\ncondition: profile@orders > 0\n');
});

afterEach(() => stores.close());

async function publish(content: string): Promise<void> {
  const definitions = [{ file: 'one.yaml', content }];
  await createLedgerActivities(deps).publishDefinitions({ author: 'test', owner: null, definitions });
}

function plan(by = deps): Promise<RunPlan> {
  return new MockActivityEnvironment().run(createLedgerActivities(by).planRun, planInput(SLOT));
}

test('a run is planned once: later definitions and profiles change nothing of it', async () => {
  const first = await plan();
  await stores.putProfiles([{ id: 'p-1', orders: 1 }]);
  await publish('id: others\nkind: live\ncondition: profile@orders > 1\n');

  expect(await plan()).toEqual(first);
});

test('a segment that is named twice is computed once', async () => {
  const twice = { ...planInput(SLOT), segmentIds: ['buyers', 'buyers'] };

  const planned = await new MockActivityEnvironment().run(createLedgerActivities(deps).planRun, twice);

  expect(planned).toMatchObject({ segments: 1 });
  expect((await stores.ledger.readRun(twice.runId))?.segmentIds).toEqual(['buyers']);
});

test('of two attempts that plan at once both answer what was recorded first', async () => {
  let other: RunPlan | null = null;
  const slow: ActivityDeps = {
    ...deps,
    ledger: {
      ...stores.ledger,
      beginRun: async (run, batches) => {
        await stores.putProfiles([{ id: 'p-1', orders: 1 }]);
        await publish('id: others\nkind: live\ncondition: profile@orders > 1\n');
        other = await plan();
        return stores.ledger.beginRun(run, batches);
      },
    },
  };

  const answered = await plan(slow);

  expect(other).toMatchObject({ profiles: 1 });
  expect(answered).toEqual(other);
});

test('a run that ends by itself while another looks for lost ones stays as it has closed its record', async () => {
  await plan();
  const { finishRun } = createLedgerActivities(deps);
  const ending: ActivityDeps = {
    ...deps,
    runWorkflows: {
      endOf: async () => {
        await new MockActivityEnvironment().run(finishRun, { runId: planInput(SLOT).runId, ended: null });
        return 'completed';
      },
    },
  };

  const next = planInput('2026-11-20T10:00:00.000Z');
  await new MockActivityEnvironment().run(createLedgerActivities(ending).planRun, next);

  expect(await stores.ledger.readRun(planInput(SLOT).runId)).toMatchObject({
    state: 'completed',
    reason: null,
  });
});
