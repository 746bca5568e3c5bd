import { ApplicationFailure } from '@temporalio/activity';
import { defineSearchAttributeKey } from '@temporalio/common';
import { afterEach, expect, test, vi } from 'vitest';
import { RunFailed, type RunHandle } from '../../src/client.ts';
import { createGate } from '../support/gate.ts';
import {
  startScriptedRun,
  TEN_PROFILES,
  type ScriptedRun,
  type ScriptedRunOptions,
} from '../support/scripted-run.ts';
import { describeWithTemporal, sharedServer } from '../support/temporal.ts';
import { untilCancelled } from '../support/until-cancelled.ts';

const refused = (batch: number): Error =>
  ApplicationFailure.nonRetryable(`batch ${batch} is broken`, 'QueryRejected');

describeWithTemporal('segmentProfiles', () => {
  let scripted: ScriptedRun | null = null;

  async function script(options: Omit<ScriptedRunOptions, 'address'>): Promise<ScriptedRun> {
    scripted = await startScriptedRun({ address: sharedServer().address, ...options });
    return scripted;
  }

  afterEach(async () => {
    await scripted?.stop();
    scripted = null;
  });

  async function openChildren({ workflowId }: RunHandle): Promise<readonly unknown[]> {
    const described = await scripted?.client.workflow.getHandle(workflowId).describe();
    return described?.raw.pendingChildren ?? [];
  }

  test('every batch runs once and the run closes with its numbers', async () => {
    const { control, started, finished } = await script({ batches: 12 });

    const run = await control.startRun({ window: 3 });
    const outcome = await run.result();

    expect(outcome).toMatchObject({ state: 'completed', profiles: 120 });
    expect(started.toSorted((a, b) => a - b)).toEqual(Array.from({ length: 12 }, (_, batch) => batch));
    expect(finished).toEqual([{ runId: run.runId, ended: null }]);
    expect(await run.progress()).toMatchObject({
      state: 'completed',
      batches: 12,
      batchesDone: 12,
      passed: 120,
      failedBatches: [],
    });
  });

  test('is held when not all of what its limits look at could be counted', async () => {
    const { control, started, finished } = await script({
      batches: 3,
      limited: ['limited'],
      batch: async ({ runId, batch }) => {
        if (runId.endsWith('/count') && batch === 1) throw refused(batch);
        return TEN_PROFILES;
      },
    });

    const run = await control.startRun();

    expect(await run.result()).toMatchObject({ state: 'held' });
    expect(started).toHaveLength(3);
    expect(finished.at(-1)).toMatchObject({
      runId: run.runId,
      ended: { state: 'held', reason: expect.stringContaining('could not all be counted') as unknown },
    });
  });

  test('that cannot be planned is no running one in the list of Temporal', async () => {
    const { client, control } = await script({
      batches: 1,
      planned: () => Promise.reject(ApplicationFailure.nonRetryable('no such segment', 'SegmentNotFound')),
    });

    const run = await control.startRun();

    await expect(run.result()).rejects.toThrow(RunFailed);
    const { typedSearchAttributes } = await client.workflow.getHandle(run.workflowId).describe();
    expect(typedSearchAttributes.get(defineSearchAttributeKey('StrataState', 'KEYWORD'))).toBe('failed');
  });

  test('says which run it is while it is being planned', async () => {
    const planned = createGate();
    const { control } = await script({ batches: 1, planned: () => planned.wait() });
    const slot = '2026-01-20T09:00:00.000Z';

    const run = await control.startRun({ slot });

    expect(await run.progress()).toMatchObject({ state: 'running', runId: run.runId, slot, batches: 0 });
    planned.open();
    await run.result();
  });

  test('no more batches run at once than the window allows, and a new window counts at once', async () => {
    const gate = createGate();
    const { control, started, peak } = await script({
      batches: 9,
      batch: () => gate.wait().then(() => TEN_PROFILES),
    });
    const run = await control.startRun({ window: 2 });
    await vi.waitFor(() => expect(started).toHaveLength(2), 20_000);

    const answered = await run.setWindow(5);
    await vi.waitFor(() => expect(started).toHaveLength(5), 20_000);
    gate.open();
    await run.result();

    expect(answered).toBe(5);
    expect(peak()).toBe(5);
  });

  test('a window outside 1..200 and a pause without a reason are refused', async () => {
    const gate = createGate();
    const { control } = await script({ batches: 1, batch: () => gate.wait().then(() => TEN_PROFILES) });
    const run = await control.startRun();

    await expect(run.setWindow(0)).rejects.toThrow('refuses that: the window must be 1 to 200');
    await expect(run.pause(' ')).rejects.toThrow('refuses that: say why the run is paused');

    gate.open();
    await run.result();
  });

  test('a paused run starts nothing more and says so, and goes on when resumed', async () => {
    const gate = createGate();
    const { control, started } = await script({
      batches: 4,
      batch: () => gate.wait().then(() => TEN_PROFILES),
    });
    const run = await control.startRun({ window: 1 });
    await vi.waitFor(() => expect(started).toHaveLength(1), 20_000);

    await run.pause('the store is being upgraded');
    gate.open();
    await vi.waitFor(async () => expect(await run.progress()).toMatchObject({ batchesDone: 1 }), 20_000);
    expect(await run.progress()).toMatchObject({ waiting: 'paused: the store is being upgraded' });
    expect(started).toHaveLength(1);
    await run.resume();

    await expect(run.result()).resolves.toMatchObject({ state: 'completed' });
    expect(started).toHaveLength(4);
  });

  test('a failed batch is recorded with its cause and counted, and the others are done', async () => {
    const { control, failures } = await script({
      batches: 5,
      batch: async ({ batch }) => {
        if (batch === 3) throw refused(batch);
        return TEN_PROFILES;
      },
    });

    const run = await control.startRun();
    const outcome = await run.result();

    expect(outcome).toMatchObject({ state: 'completed with exceptions', failedBatches: 1 });
    expect(failures).toEqual([{ batch: 3, failure: 'batch 3 is broken' }]);
    expect(await run.progress()).toMatchObject({ batchesDone: 4, failedBatches: [3] });
  });

  test('a failed batch of an open run is tried again on demand', async () => {
    const gate = createGate();
    let broken = true;
    const { control, started } = await script({
      batches: 2,
      batch: async ({ batch }) => {
        if (batch === 0 && broken) throw refused(batch);
        if (batch === 1) await gate.wait();
        return TEN_PROFILES;
      },
    });
    const run = await control.startRun();
    await vi.waitFor(async () => expect(await run.progress()).toMatchObject({ failedBatches: [0] }), 20_000);

    broken = false;
    const again = await run.retryFailed();
    await vi.waitFor(
      async () => expect(await run.progress()).toMatchObject({ batchesDone: 1, failedBatches: [] }),
      20_000,
    );
    gate.open();
    await run.result();

    expect(again).toEqual([0]);
    expect(started.toSorted((a, b) => a - b)).toEqual([0, 0, 1]);
  });

  test('a run whose every batch fails ends as a failed workflow with the cause', async () => {
    const { control } = await script({
      batches: 2,
      batch: async ({ batch }) => Promise.reject(refused(batch)),
    });

    const run = await control.startRun();

    await expect(run.result()).rejects.toBeInstanceOf(RunFailed);
  });

  test('a cancelled run cancels its batches and is closed as cancelled', async () => {
    const { control, started, finished } = await script({ batches: 6, batch: untilCancelled });
    const run = await control.startRun({ window: 2 });
    await vi.waitFor(() => expect(started).toHaveLength(2), 20_000);

    await run.cancel();

    await expect(run.result()).rejects.toThrow();
    expect(finished).toEqual([
      { runId: run.runId, ended: { state: 'cancelled', reason: 'cancelled by a person' } },
    ]);
    expect(started).toHaveLength(2);
  });

  test('a run cancelled while it is planned waits for its record, closes it as cancelled and starts no batch', async () => {
    const [planning, planned] = [createGate(), createGate()];
    const { control, started, finished } = await script({
      batches: 6,
      planned: () => {
        planning.open();
        return planned.wait();
      },
    });
    const run = await control.startRun();
    await planning.wait();

    await run.cancel();
    planned.open();

    await expect(run.result()).rejects.toThrow();
    expect(finished).toMatchObject([{ runId: run.runId, ended: { state: 'cancelled' } }]);
    expect(started).toEqual([]);
  });

  test('a cancelled run is closed only when the last of its batches has stopped', async () => {
    const page = createGate();
    const activeAtTheEnd: number[] = [];
    let stopping = 0;
    const { control, active, started } = await script({
      batches: 6,
      batch: () =>
        untilCancelled().catch(async (error: unknown) => {
          stopping += 1;
          if (stopping === 2) await page.wait();
          throw error;
        }),
      closed: async () => void activeAtTheEnd.push(active()),
    });
    const run = await control.startRun({ window: 2 });
    await vi.waitFor(() => expect(started).toHaveLength(2), 20_000);

    await run.cancel();
    await vi.waitFor(() => expect(active()).toBe(1), 20_000);
    await vi.waitFor(async () => expect(await openChildren(run)).toHaveLength(1), 20_000).finally(page.open);

    await expect(run.result()).rejects.toThrow();
    expect(activeAtTheEnd).toEqual([0]);
  });

  test('an update that comes while the run is being closed is refused with what to do instead', async () => {
    const [closing, closed] = [createGate(), createGate()];
    const { control, started } = await script({
      batches: 2,
      batch: async ({ batch }) => (batch === 0 ? Promise.reject(refused(batch)) : TEN_PROFILES),
      closed: () => {
        closing.open();
        return closed.wait();
      },
    });
    const run = await control.startRun();
    await closing.wait();

    const answers = await Promise.all(
      [run.retryFailed(), run.pause('too late'), run.setWindow(9)].map(messageOf),
    );
    closed.open();

    expect(answers).toEqual([
      `Run ${run.runId} refuses that: the run is being closed: when it has ended, \`strata retry\` works on its failed batches`,
      `Run ${run.runId} refuses that: the run is being closed: nothing more starts`,
      `Run ${run.runId} refuses that: the run is being closed: nothing more starts`,
    ]);
    await expect(run.result()).resolves.toMatchObject({ state: 'completed with exceptions' });
    expect(started).toHaveLength(2);
  });

  test('a retry that is asked for again and again until the run has ended is never lost', async () => {
    const { control, started } = await script({
      batches: 8,
      batch: async ({ batch }) => {
        if (batch % 2 === 0 && started.length < 14) throw refused(batch);
        return TEN_PROFILES;
      },
    });
    const run = await control.startRun({ window: 2 });
    const end = { reached: false };
    const ended = run.result().finally(() => (end.reached = true));

    const again: number[] = [];
    const refusals = new Set<unknown>();
    while (!end.reached) {
      const answer = await messageOf(run.retryFailed());
      if (Array.isArray(answer)) again.push(...answer);
      else refusals.add(answer);
    }
    await ended;

    const { batchesDone, failedBatches } = await run.progress();
    expect(again.length).toBeGreaterThan(0);
    expect(started).toHaveLength(8 + again.length);
    expect(batchesDone + failedBatches.length).toBe(8);
    for (const refusal of refusals)
      expect(refusal).toMatch(/ is being closed: |ended before that|no open run/);
  });

  test('a queue without workers is said within ten seconds', async () => {
    const { control } = await script({ batches: 1, withoutProfilesWorker: true });

    const run = await control.startRun();

    await vi.waitFor(
      async () => expect((await run.progress()).waiting).toContain('no worker polls the task queue'),
      { timeout: 10_000, interval: 200 },
    );
    await run.cancel();
    await expect(run.result()).rejects.toThrow();
  });
});

/** What an update answers, or why it is refused. */
function messageOf(update: Promise<unknown>): Promise<unknown> {
  return update.catch((error: unknown) => (error instanceof Error ? error.message : error));
}
