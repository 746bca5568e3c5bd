import { ApplicationFailure } from '@temporalio/activity';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { SEARCH_ATTRIBUTES } from '../../src/names.ts';
import { createGate } from '../support/gate.ts';
import { startScriptedRun, TEN_PROFILES } from '../support/scripted-run.ts';
import { describeWithTemporal, startTestServer, type TestServer } from '../support/temporal.ts';
import { untilCancelled } from '../support/until-cancelled.ts';

describeWithTemporal('runs whose history would grow too long', () => {
  let server: TestServer;

  beforeAll(async () => {
    server = await startTestServer({
      searchAttributes: SEARCH_ATTRIBUTES,
      // 4,096 by default; a hundred makes a run of 40 batches continue as new several times.
      dynamicConfig: { 'limit.historyCount.suggestContinueAsNew': '100' },
    });
  });

  afterAll(() => server.stop());

  async function hopsOf(
    client: Awaited<ReturnType<typeof startScriptedRun>>['client'],
    workflowId: string,
  ): Promise<number> {
    const runs = [];
    for await (const run of client.workflow.list({ query: `WorkflowId = '${workflowId}'` })) runs.push(run);
    return runs.length - 1;
  }

  test('forty batches take several runs of the workflow and one set of numbers', async () => {
    const scripted = await startScriptedRun({ address: server.address, batches: 40 });
    try {
      const run = await scripted.control.startRun({ window: 5 });
      await run.result();

      expect(scripted.started.toSorted((a, b) => a - b)).toEqual(
        Array.from({ length: 40 }, (_, batch) => batch),
      );
      expect(await run.progress()).toMatchObject({ batchesDone: 40, passed: 400, failedBatches: [] });
      await expect.poll(() => hopsOf(scripted.client, run.workflowId)).toBeGreaterThanOrEqual(1);
    } finally {
      await scripted.stop();
    }
  });

  test('more batches than one parent should carry are shared out among partitions', async () => {
    const scripted = await startScriptedRun({ address: server.address, batches: 230 });
    try {
      const run = await scripted.control.startRun({ window: 8 });
      await run.result();

      expect(scripted.started.toSorted((a, b) => a - b)).toEqual(
        Array.from({ length: 230 }, (_, batch) => batch),
      );
      expect(await run.progress()).toMatchObject({ batchesDone: 230, passed: 2300 });
    } finally {
      await scripted.stop();
    }
  });

  test('a window that a person sets lasts over the continue-as-new of a run with partitions', async () => {
    const [held, last] = [createGate(), createGate()];
    const scripted = await startScriptedRun({
      address: server.address,
      batches: 430,
      batch: ({ batch }) => (batch < 400 ? held : last).wait().then(() => TEN_PROFILES),
      unfinished: [],
    });
    const { client, control, active } = scripted;
    try {
      const run = await control.startRun({ window: 2 });
      await vi.waitFor(() => expect(active()).toBe(2), 20_000);
      for (let again = 0; again < 25; again += 1) await run.setWindow(again === 24 ? 6 : 2);
      held.open();
      for (const from of [0, 200]) await client.workflow.getHandle(`${run.workflowId}/p/${from}`).terminate();

      await vi.waitFor(() => expect(active()).toBe(6), 20_000);

      await expect.poll(() => hopsOf(client, run.workflowId)).toBe(1);
      expect(await run.progress()).toMatchObject({ window: 6, batchesDone: 400 });
      last.open();
      expect(await run.result()).toMatchObject({ state: 'completed' });
    } finally {
      held.open();
      last.open();
      await scripted.stop();
    }
  });

  test('a run that is cancelled ends its count pass, though that has continued as new', async () => {
    const scripted = await startScriptedRun({
      address: server.address,
      batches: 40,
      batch: ({ batch }) => (batch < 30 ? Promise.resolve(TEN_PROFILES) : untilCancelled()),
      limited: ['limited'],
    });
    const { client, control, finished } = scripted;
    try {
      const run = await control.startRun({ window: 2 });
      await expect
        .poll(() => hopsOf(client, `${run.workflowId}/count`), { timeout: 20_000 })
        .toBeGreaterThanOrEqual(1);

      await run.cancel();

      await expect(run.result()).rejects.toThrow();
      expect(finished).toMatchObject([
        { runId: `${run.runId}/count`, ended: { state: 'cancelled' } },
        { runId: run.runId, ended: { state: 'cancelled' } },
      ]);
    } finally {
      await scripted.stop();
    }
  });

  test('batches that fail on the way are retried in whichever run of the workflow the retry meets', async () => {
    const failedOnce = new Set<number>();
    const scripted = await startScriptedRun({
      address: server.address,
      batches: 40,
      batch: async ({ batch }) => {
        if (batch % 3 > 0 || failedOnce.has(batch)) return TEN_PROFILES;
        failedOnce.add(batch);
        throw ApplicationFailure.nonRetryable(`batch ${batch} is broken`, 'QueryRejected');
      },
    });
    try {
      const run = await scripted.control.startRun({ window: 3 });
      const end = { reached: false };
      const ended = run.result().finally(() => (end.reached = true));
      const again: number[] = [];
      while (!end.reached) again.push(...(await run.retryFailed().catch(() => [])));
      await ended;

      const { batchesDone, failedBatches } = await run.progress();
      expect(again.length).toBeGreaterThan(0);
      expect(scripted.started).toHaveLength(40 + again.length);
      expect(batchesDone + failedBatches.length).toBe(40);
      expect(failedBatches.filter((batch) => again.includes(batch))).toEqual([]);
    } finally {
      await scripted.stop();
    }
  });
});
