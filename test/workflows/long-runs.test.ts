import { afterAll, beforeAll, expect, test } from 'vitest';
import { SEARCH_ATTRIBUTES } from '../../src/names.ts';
import { startScriptedRun } from '../support/scripted-run.ts';
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
});
