import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { setTimeout as delay } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { startChild } from '../support/child.ts';
import { prepareDisturbed } from '../support/disturbed-run.ts';
import { batchInHand } from '../support/in-hand.ts';
import { useOwnServer } from '../support/own-server.ts';
import { readServerPid, RunDocument } from '../support/running-up.ts';
import { createSeeded } from '../support/seeded.ts';
import { describeWithTemporal } from '../support/temporal.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const PROFILES = 100_000;
const LATEST_MS = 250;
/** While conditions are evaluated, and while workflow segments are. */
const KILLS = [
  { from: 0, written: false },
  { from: 2, written: false },
  { from: 5, written: true },
  { from: 8, written: true },
];

describeWithTemporal('a run whose Temporal server is killed with -9', () => {
  const own = useOwnServer();

  test('and started again on its database goes on with the same worker, to the result of a plain recomputation', async () => {
    const { folder, server, client } = own();
    const { address } = server;
    const random = createSeeded();
    const disturbed = await prepareDisturbed({
      folder,
      environment: 'kill-server',
      profiles: PROFILES,
      address,
      client,
    });
    const { start, compare } = await disturbed.nextRun();
    const worker = await disturbed.startWorker();
    const run = await start(worker);

    const kills: string[] = [];
    for (const wanted of KILLS) {
      const { batch } = await batchInHand(client, run, worker.pid, wanted);
      const afterMs = random.below(LATEST_MS);
      await delay(afterMs);
      await server.kill();
      await server.restart();
      kills.push(`${afterMs} ms after batch ${batch} was in hand`);
    }
    await run.result();
    await worker.stop();

    const { record, changedProfiles, differences } = await compare(run.runId);
    console.log(
      `[faults] server killed ${kills.join('; ')}: ${record.totals?.replayed} of ${changedProfiles} changed profiles were met again`,
    );
    expect(differences).toEqual([]);
    expect(record).toMatchObject({ state: 'completed', failedBatches: 0 });
  });

  test('under `up`, which has started it, is brought back, and the first run ends with its table', async () => {
    const data = join(own().folder, 'up');
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
