import { ApplicationFailure } from '@temporalio/activity';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { SEARCH_ATTRIBUTES } from '../../src/names.ts';
import { createGate } from '../support/gate.ts';
import { startScriptedRun, TEN_PROFILES } from '../support/scripted-run.ts';
import { describeWithTemporal, startTestServer, type TestServer } from '../support/temporal.ts';

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
      await expect.poll(() => hopsOf(scripted.client, `${run.workflowId}/p/0`)).toBeGreaterThanOrEqual(1);
    } finally {
      await scripted.stop();
    }
  });

  test('a window that a person sets lasts over the continue-as-new of the partitions under way', async () => {
    let gate = createGate();
    gate.open();
    const scripted = await startScriptedRun({
      address: server.address,
      batches: 230,
      batch: () => gate.wait().then(() => TEN_PROFILES),
    });
    const { client, control, active, peak } = scripted;
    try {
      gate = createGate();
      const run = await control.startRun({ window: 2 });
      await vi.waitFor(() => expect(active()).toBe(2), 20_000);
      await run.setWindow(6);
      await vi.waitFor(() => expect(active()).toBe(6), 20_000);

      gate.open();
      await expect
        .poll(() => hopsOf(client, `${run.workflowId}/p/0`), { timeout: 30_000 })
        .toBeGreaterThan(0);
      gate = createGate();
      await vi.waitFor(() => expect(active()).toBe(6), 20_000);

      expect(peak()).toBe(6);
      await run.cancel();
      gate.open();
      await expect(run.result()).rejects.toThrow();
    } finally {
      gate.open();
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
