import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { Client, Connection } from '@temporalio/client';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { SEARCH_ATTRIBUTES } from '../../src/names.ts';
import { batchInHand } from '../support/batch-in-hand.ts';
import { killChildren } from '../support/child.ts';
import { prepareDisturbedRun } from '../support/disturbed-run.ts';
import { describeWithTemporal, startTestServer, type TestServer } from '../support/temporal.ts';

/** 15 batches of half a second; a kill that came too late for its batch is not counted. */
const PROFILES = 120_000;
const LATEST_MS = 250;
/** One anywhere in a batch of the condition scan, two where pages of workflow segments are written already. */
const KILLS = [
  { from: 0, written: false },
  { from: 6, written: true },
  { from: 9, written: true },
];

describeWithTemporal('a run whose worker process is killed with -9', () => {
  let folder: string;
  let server: TestServer;
  let client: Client;

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'strata-faults-'));
    server = await startTestServer({ searchAttributes: SEARCH_ATTRIBUTES });
    client = new Client({ connection: await Connection.connect({ address: server.address }) });
  });

  afterAll(async () => {
    await killChildren();
    await client.connection.close();
    await server.stop();
  });

  test('at random points inside batches ends with the membership and the log of a plain recomputation', async () => {
    const { address } = server;
    const disturbed = await prepareDisturbedRun({
      folder,
      environment: 'kill-worker',
      profiles: PROFILES,
      address,
      client,
    });
    let worker = await disturbed.startWorker();
    const run = await disturbed.start(worker);

    const kills: string[] = [];
    for (let next = KILLS[0]; next !== undefined; next = KILLS[kills.length]) {
      const inHand = await batchInHand(client, run, worker.pid, next);
      const afterMs = Math.floor(Math.random() * LATEST_MS);
      await delay(afterMs);
      await worker.kill();
      if (await inHand.isOpen())
        kills.push(`batch ${inHand.batch}, attempt ${inHand.attempt}, ${afterMs} ms after it was seen`);
      worker = await disturbed.startWorker();
    }
    await run.result();
    await worker.stop();

    const { record, changedProfiles, differences } = await disturbed.compare(run.runId);
    console.log(
      `[faults] worker killed in ${kills.join('; ')}: ${record.totals?.replayed} of ${changedProfiles} changed profiles were met again`,
    );
    expect(differences).toEqual([]);
    expect(record).toMatchObject({ state: 'completed', failedBatches: 0 });
    rmSync(folder, { recursive: true });
  });
});
