import type { Client, WorkflowHandle } from '@temporalio/client';
import { afterEach, expect, test, vi } from 'vitest';
import type { RunHandle } from '../../src/client.ts';
import { createGate } from '../support/gate.ts';
import {
  startScriptedRun,
  TEN_PROFILES,
  type ScriptedRun,
  type ScriptedRunOptions,
} from '../support/scripted-run.ts';
import { describeWithTemporal, sharedServer } from '../support/temporal.ts';
import { untilCancelled } from '../support/until-cancelled.ts';

type History = Awaited<ReturnType<WorkflowHandle['fetchHistory']>>;
type Event = NonNullable<History['events']>[number];

/** Two partitions: 200 batches, and 30. */
const BATCHES = 230;
const [FIRST, LAST] = [0, 200];

describeWithTemporal('a run with partitions', () => {
  let scripted: ScriptedRun | null = null;

  async function script(options: Partial<ScriptedRunOptions>): Promise<ScriptedRun> {
    scripted = await startScriptedRun({ address: sharedServer().address, batches: BATCHES, ...options });
    return scripted;
  }

  afterEach(async () => {
    await scripted?.stop();
    scripted = null;
  });

  function partitionOf(run: RunHandle, from: number) {
    return scripted!.client.workflow.getHandle(`${run.workflowId}/p/${from}`);
  }

  async function batchesInHand(run: RunHandle, from: number): Promise<number> {
    return (await openChildren(scripted!.client, `${run.workflowId}/p/${from}`)).length;
  }

  async function cancelled(run: RunHandle): Promise<void> {
    await run.cancel();
    await expect(run.result()).rejects.toThrow();
  }

  test('shares its window out to the last batch, and a new window reaches the partitions under way', async () => {
    const gate = createGate();
    const { control, active, peak } = await script({ batch: () => gate.wait().then(() => TEN_PROFILES) });
    const run = await control.startRun({ window: 3 });
    await vi.waitFor(() => expect(active()).toBe(3), 20_000);
    expect(await Promise.all([batchesInHand(run, FIRST), batchesInHand(run, LAST)])).toEqual([2, 1]);

    expect(await run.setWindow(8)).toBe(8);
    await vi.waitFor(() => expect(active()).toBe(8), 20_000);

    expect(await Promise.all([batchesInHand(run, FIRST), batchesInHand(run, LAST)])).toEqual([4, 4]);
    expect(peak()).toBe(8);
    await Promise.all([cancelled(run), Promise.resolve(gate.open())]);
  });

  test('gives its last partition the whole window', async () => {
    const gate = createGate();
    const { control, active } = await script({
      batch: ({ batch }) => (batch >= LAST ? Promise.resolve() : gate.wait()).then(() => TEN_PROFILES),
    });
    const run = await control.startRun({ window: 6 });

    await vi.waitFor(() => expect(active()).toBe(6), 40_000);

    expect(await batchesInHand(run, FIRST)).toBe(6);
    expect(await run.progress()).toMatchObject({ batchesDone: BATCHES - LAST });
    await Promise.all([cancelled(run), Promise.resolve(gate.open())]);
  });

  test.each([0, 10, 20, 40, 80])(
    'paused %i ms after it was planned, while its partitions start, starts no more batches in any of them',
    async (afterMs) => {
      const planned = createGate();
      const batch = createGate();
      const { control, started, client } = await script({
        planned: async () => planned.open(),
        batch: () => batch.wait().then(() => TEN_PROFILES),
      });
      const run = await control.startRun({ window: 4 });
      await planned.wait();
      await new Promise((resolve) => setTimeout(resolve, afterMs));

      await run.pause('a test');
      await expect.poll(() => isAtRest(client, run.workflowId), { timeout: 20_000 }).toBe(true);
      const partitions = await openChildren(client, run.workflowId);
      const areAtRest = () => Promise.all(partitions.map((id) => isAtRest(client, id)));
      await expect.poll(areAtRest, { timeout: 20_000 }).toEqual(partitions.map(() => true));
      const inHand = () => Promise.all(partitions.map((id) => openChildren(client, id)));
      const before = (await inHand()).flat().length;
      batch.open();

      const areEmpty = async () => {
        const isAny = (await inHand()).flat().length > 0;
        return !isAny && (await areAtRest()).every((atRest) => atRest);
      };
      await expect.poll(areEmpty, { timeout: 20_000 }).toBe(true);
      expect(await openChildren(client, run.workflowId)).toEqual(partitions);
      expect(started).toHaveLength(before);
      await cancelled(run);
    },
  );

  test('that is cancelled is closed when the batches of all its partitions have stopped', async () => {
    const activeAtTheEnd: number[] = [];
    const { control, active, finished } = await script({
      batch: untilCancelled,
      closed: async () => void activeAtTheEnd.push(active()),
    });
    const run = await control.startRun({ window: 4 });
    await vi.waitFor(() => expect(active()).toBe(4), 20_000);

    await cancelled(run);

    expect(activeAtTheEnd).toEqual([0]);
    expect(finished).toMatchObject([{ runId: run.runId, ended: { state: 'cancelled' } }]);
    expect((await partitionOf(run, FIRST).describe()).status.name).toBe('CANCELLED');
    expect((await partitionOf(run, LAST).describe()).status.name).toBe('CANCELLED');
  });

  test('takes an update that meets a partition which has just ended, and retries what that left undone', async () => {
    const [first, rest] = [createGate(), createGate()];
    const { control, active, started, whileAsleep } = await script({
      batch: ({ batch }) => (batch < LAST ? first : rest).wait().then(() => TEN_PROFILES),
      unfinished: [LAST + 1, LAST + 5],
    });
    const run = await control.startRun({ window: 2 });
    await vi.waitFor(() => expect(active()).toBe(2), 20_000);

    const { update } = await whileAsleep(async () => {
      await partitionOf(run, LAST).terminate('a person');
      return { update: run.setWindow(4) };
    });
    expect(await update).toBe(4);
    rest.open();
    await vi.waitFor(
      async () => expect(await run.progress()).toMatchObject({ failedBatches: [LAST + 1, LAST + 5] }),
      20_000,
    );

    expect(await run.retryFailed()).toEqual([LAST + 1, LAST + 5]);
    await vi.waitFor(
      async () => expect(await run.progress()).toMatchObject({ batchesDone: 30, failedBatches: [] }),
      20_000,
    );
    expect(started).toEqual(expect.arrayContaining([LAST + 1, LAST + 5]));
    await Promise.all([cancelled(run), Promise.resolve(first.open())]);
  });
});

async function openChildren(client: Client, workflowId: string): Promise<readonly string[]> {
  const { raw } = await client.workflow.getHandle(workflowId).describe();
  return (raw.pendingChildren ?? []).map((child) => child.workflowId ?? '').toSorted();
}

/** Nothing that the workflow has sent or started is on its way, and it has heard of all of it. */
async function isAtRest(client: Client, workflowId: string): Promise<boolean> {
  const handle = client.workflow.getHandle(workflowId);
  const history = await handle.fetchHistory();
  const { raw } = await handle.describe();
  const { events = [] } = history;
  const count = (has: (event: Event) => unknown): number => (events ?? []).filter(has).length;
  return (
    !raw.pendingWorkflowTask &&
    count((event) => event.workflowTaskCompletedEventAttributes) > 0 &&
    count((event) => event.startChildWorkflowExecutionInitiatedEventAttributes) ===
      count((event) => event.childWorkflowExecutionStartedEventAttributes) &&
    count((event) => event.signalExternalWorkflowExecutionInitiatedEventAttributes) ===
      count((event) => event.externalWorkflowExecutionSignaledEventAttributes)
  );
}
