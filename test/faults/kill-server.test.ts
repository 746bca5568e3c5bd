import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { setTimeout as delay } from 'node:timers/promises';
import { Client, Connection } from '@temporalio/client';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { SEARCH_ATTRIBUTES } from '../../src/names.ts';
import { batchInHand } from '../support/batch-in-hand.ts';
import { killChildren, startChild } from '../support/child.ts';
import { prepareDisturbedRun } from '../support/disturbed-run.ts';
import { readServerPid, RunDocument } from '../support/running-up.ts';
import { describeWithTemporal, startTestServer, type TestServer } from '../support/temporal.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const PROFILES = 60_000;
const LATEST_MS = 250;
/** One while conditions are evaluated, one while workflow segments are. */
const KILLS = [
  { from: 0, written: false },
  { from: 4, written: true },
];

describeWithTemporal('a run whose Temporal server is killed with -9', () => {
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
    rmSync(folder, { recursive: true, force: true });
  });

  test('and started again on its database goes on with the same worker, to the result of a plain recomputation', async () => {
    const { address } = server;
    const disturbed = await prepareDisturbedRun({
      folder,
      environment: 'kill-server',
      profiles: PROFILES,
      address,
      client,
    });
    const worker = await disturbed.startWorker();
    const run = await disturbed.start(worker);

    const kills: string[] = [];
    for (const wanted of KILLS) {
      const { batch } = await batchInHand(client, run, worker.pid, wanted);
      await delay(Math.floor(Math.random() * LATEST_MS));
      await server.kill();
      await server.restart();
      kills.push(`batch ${batch} was in hand`);
    }
    await run.result();
    await worker.stop();

    const { record, changedProfiles, differences } = await disturbed.compare(run.runId);
    console.log(
      `[faults] server killed while ${kills.join('; ')}: ${record.totals?.replayed} of ${changedProfiles} changed profiles were met again`,
    );
    expect(differences).toEqual([]);
    expect(record).toMatchObject({ state: 'completed', failedBatches: 0 });
  });

  test('under `up`, which has started it, is brought back, and the first run ends with its table', async () => {
    const data = join(folder, 'up');
    const args = ['--import', 'tsx', 'src/cli/main.ts', 'up', '--once', '--json', '--data', data];
    const up = startChild(process.execPath, args, { cwd: ROOT, env: { STRATA_API_PORT: '0' } });
    await up.untilSaid(/run live\//);

    process.kill(readServerPid(data), 'SIGKILL');

    expect(await up.ended, up.stderr()).toBe(0);
    expect(up.stderr()).toContain('starting it again, nothing is lost');
    const { state, profiles, segments } = RunDocument.parse(JSON.parse(up.stdout()));
    expect({ state, profiles }).toEqual({ state: 'completed', profiles: 50_000 });
    expect(segments.map(({ members }) => members)).toEqual(segments.map(({ entered }) => entered));
  });
});
