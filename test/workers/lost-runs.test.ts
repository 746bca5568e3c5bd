import { afterEach, beforeEach, expect, test } from 'vitest';
import type { RunIds } from '../../src/activities/run-workflows.ts';
import { withTemporal } from '../../src/api/with-temporal.ts';
import type { RunHandle } from '../../src/client.ts';
import { workflowQueue } from '../../src/names.ts';
import { createTemporalView } from '../../src/temporal-view.ts';
import type { segmentProfiles } from '../../src/workflows/segment-profiles.ts';
import { createGate } from '../support/gate.ts';
import { startInProcess, type InProcess } from '../support/in-process.ts';
import { describeWithTemporal } from '../support/temporal.ts';

/** Enough for two batches. */
const PROFILES = 20_000;
const [MONDAY, TUESDAY] = ['2036-11-16T09:00:00.000Z', '2036-11-17T09:00:00.000Z'];

describeWithTemporal('a run that is terminated in the Temporal UI', () => {
  let strata: InProcess;
  let batch = createGate();
  let seen = createGate();
  let gated: number;

  beforeEach(async () => {
    [batch, seen, gated] = [createGate(), createGate(), 1];
    strata = await startInProcess({
      through: (profiles) => ({
        ...profiles,
        writeChanges: async (request) => {
          if (request.slot === MONDAY && request.batch === gated) {
            seen.open();
            await batch.wait();
          }
          return profiles.writeChanges(request);
        },
      }),
    });
    await strata.stores.putProfiles(Array.from({ length: PROFILES }, aProfile));
    await strata.apply([
      { file: 'all.yaml', content: 'id: all\nkind: live\ncondition: profile@rank >= 0\n' },
    ]);
  });

  afterEach(async () => {
    batch.open();
    await strata.stop();
  });

  /** Until the batch in hand has heard of it and written its page. */
  async function terminate(run: RunIds): Promise<void> {
    await strata.client.workflow.getHandle(run.workflowId).terminate('a person');
    batch.open();
    await expect.poll(() => strata.deps.runWorkflows.endOf(run), { timeout: 30_000 }).toBe('terminated');
  }

  async function runOnMonday(): Promise<RunHandle> {
    const run = await strata.control.startRun({ slot: MONDAY, window: 1 });
    await seen.wait();
    return run;
  }

  test('is closed in the ledger by the next run, with the numbers of what it has written', async () => {
    const run = await runOnMonday();
    expect(await strata.stores.operations.run(run.runId)).toMatchObject({ state: 'running', endedAt: null });
    await terminate(run);
    const told = withTemporal(
      strata.stores.operations,
      createTemporalView(strata.client, strata.environment),
    );
    const terminated = { state: 'cancelled', reason: 'terminated in Temporal', endedAt: null };
    expect(await told.run(run.runId)).toMatchObject(terminated);
    expect(await told.runs({ limit: 1 })).toMatchObject([terminated]);

    await strata.run({ slot: TUESDAY });

    const lost = await strata.stores.operations.run(run.runId);
    const log = await strata.stores.ledger.countChanges(run.runId);
    expect(lost).toMatchObject({
      state: 'cancelled',
      reason: 'terminated in Temporal',
      segments: [{ id: 'all', entered: log[0]?.entered, left: 0 }],
    });
    expect(log[0]?.entered).toBeGreaterThanOrEqual(PROFILES / 2);
    expect(await strata.stores.ledger.readOpenRuns()).toEqual([]);
  });

  test('is left alone by the next run while it is open', async () => {
    const run = await runOnMonday();

    await strata.run({ slot: TUESDAY });
    expect(await strata.stores.operations.run(run.runId)).toMatchObject({ state: 'running' });
    const view = createTemporalView(strata.client, strata.environment);
    expect(await withTemporal(strata.stores.operations, view).run(run.runId)).toMatchObject({
      state: 'running',
    });

    batch.open();
    await run.result();
    expect(await strata.stores.operations.run(run.runId)).toMatchObject({
      state: 'completed with exceptions',
      reason: 'a newer slot began while it was under way',
    });
  });

  test('can be retried at once: the same run does what it had left undone', async () => {
    const run = await runOnMonday();
    await expect(strata.control.retryRun(run.runId)).rejects.toThrow('is still open');
    await terminate(run);

    const retried = await strata.control.retryRun(run.runId);
    await retried.result();

    expect(await strata.stores.operations.run(run.runId)).toMatchObject({
      state: 'completed',
      failedBatches: 0,
      segments: [{ id: 'all', members: PROFILES, entered: PROFILES, left: 0 }],
    });
  });

  test('of a schedule, and is being retried, is left alone by the next run', async () => {
    // For a third batch, which the terminated run leaves undone in any case.
    await strata.stores.putProfiles(
      Array.from({ length: PROFILES / 2 }, (_, n) => aProfile(_, PROFILES + n)),
    );
    const scheduled = {
      runId: `live/every-1h/${MONDAY}`,
      workflowId: `${strata.environment}/live/every-1h-${MONDAY}`,
    };
    const input = {
      environment: strata.environment,
      group: 'manual',
      mode: 'write',
      window: 1,
      force: false,
      segmentIds: null,
      slot: MONDAY,
      runId: scheduled.runId,
    } as const;
    await strata.client.workflow.start<typeof segmentProfiles>('segmentProfiles', {
      workflowId: scheduled.workflowId,
      taskQueue: workflowQueue(strata.environment),
      args: [input],
    });
    await seen.wait();
    await terminate(scheduled);
    [batch, seen, gated] = [createGate(), createGate(), 2];
    const retried = await strata.control.retryRun(scheduled.runId);
    await seen.wait();

    await strata.run({ slot: TUESDAY });

    const { state, endedAt } = await strata.stores.operations.run(scheduled.runId);
    expect({ state, endedAt }).toEqual({ state: 'running', endedAt: null });
    batch.open();
    await retried.result();
    expect((await strata.stores.operations.run(scheduled.runId)).endedAt).not.toBeNull();
  });
});

function aProfile(_: unknown, rank: number) {
  return { id: `p-${String(rank).padStart(5, '0')}`, rank };
}
