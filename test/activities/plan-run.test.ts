import { MockActivityEnvironment } from '@temporalio/testing';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { createLedgerActivities, type ActivityDeps } from '../../src/activities/create-activities.ts';
import type { PlanRunInput, RunPlan } from '../../src/activities/plan-run.ts';
import { UserError } from '../../src/domain/errors.ts';
import type { Stores } from '../../src/workers/open-stores.ts';
import { activityDeps, openFreshStores, planInput } from '../support/fresh-stores.ts';

const SLOT = '2026-11-20T09:00:00.000Z';

let stores: Stores;
let deps: ActivityDeps;

beforeEach(async () => {
  stores = await openFreshStores();
  deps = activityDeps(stores, () => new Date('2026-11-20T12:00:00.000Z'));
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

test('a run that would write for a slot to come is refused and leaves no trace; a dry or a forced one is planned', async () => {
  const future = planInput('2026-11-20T12:06:00.000Z');
  const planned = (input: Partial<PlanRunInput>) =>
    new MockActivityEnvironment().run(createLedgerActivities(deps).planRun, { ...future, ...input });

  await expect(planned({})).rejects.toThrow(
    new UserError(
      'The slot 2026-11-20T12:06:00.000Z is in the future: it is 2026-11-20T12:00:00.000Z by the clock here. ' +
        'Once it has begun, every run for an earlier slot, scheduled ones too, is superseded and writes nothing until then. ' +
        'Leave the slot out for now, look at it by a dry run (`strata run live --slot … --dry-run`), or write in spite of it with --force.',
    ),
  );
  expect(await stores.ledger.readRuns({ limit: 1 })).toEqual([]);
  expect(await stores.ledger.readOvertaken(['buyers'], SLOT)).toEqual([]);

  expect(await planned({ runId: 'dry', mode: 'count' })).toMatchObject({ segments: 1 });
  expect(await planned({ runId: 'soon', slot: '2026-11-20T12:04:00.000Z' })).toMatchObject({ segments: 1 });
  expect(await planned({ runId: 'forced', force: true })).toMatchObject({ segments: 1 });
});
