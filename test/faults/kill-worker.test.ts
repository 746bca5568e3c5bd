import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { Client, Connection } from '@temporalio/client';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { SEARCH_ATTRIBUTES } from '../../src/names.ts';
import { batchInHand } from '../support/batch-in-hand.ts';
import { prepareDisturbedRun } from '../support/disturbed-run.ts';
import { describeWithTemporal, startTestServer, type TestServer } from '../support/temporal.ts';

const KILLS = 3;
/** A batch of this many profiles takes a second or more; a kill that came too late for it is not counted. */
const PROFILES = 200_000;
const LATEST_MS = 800;

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
    while (kills.length < KILLS) {
      const inHand = await batchInHand(client, run, worker.pid);
      const afterMs = Math.floor(Math.random() * LATEST_MS);
      await delay(afterMs);
      await worker.kill();
      if (await inHand.isOpen())
        kills.push(`batch ${inHand.batch}, attempt ${inHand.attempt}, ${afterMs} ms in`);
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
