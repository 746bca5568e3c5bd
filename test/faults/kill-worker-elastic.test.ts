import { setTimeout as delay } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { prepareDisturbed } from '../support/disturbed-run.ts';
import { describeWithTemporalAndElastic, sharedElastic, uniqueIndex } from '../support/elastic.ts';
import { batchInHand } from '../support/in-hand.ts';
import { useOwnServer } from '../support/own-server.ts';
import { createSeeded } from '../support/seeded.ts';

/** Batches of ten thousand: those of the workflow segments hold all profiles, those of the conditions fewer. */
const PROFILES = 40_000;
const LATEST_MS = 1_500;
/** Anywhere in a batch of the condition scan, and where pages are written already. */
const KILLS = [
  { from: 0, written: false },
  { from: 1, written: true },
  { from: 2, written: true },
];

describeWithTemporalAndElastic('a run on Elasticsearch and a ledger in the data folder', () => {
  const own = useOwnServer();

  test('ends with the membership and the log of a plain recomputation when its worker is killed with -9', async () => {
    const { folder, client, server } = own();
    const disturbed = await prepareDisturbed({
      folder,
      environment: 'killed-worker',
      profiles: PROFILES,
      address: server.address,
      client,
      stores: {
        ELASTIC_HOST: sharedElastic().url,
        ELASTIC_PROFILE_INDEX: uniqueIndex('killed-worker'),
        ELASTIC_INDEX_REPLICAS: '0',
      },
    });
    const random = createSeeded();
    const { start, compare } = await disturbed.nextRun();
    let worker = await disturbed.startWorker();
    const run = await start(worker);

    const kills: string[] = [];
    for (let next = KILLS[0]; next !== undefined; next = KILLS[kills.length]) {
      const inHand = await batchInHand(client, run, worker.pid, next);
      const afterMs = random.below(LATEST_MS);
      await delay(afterMs);
      await worker.kill();
      if (await inHand.isOpen())
        kills.push(`batch ${inHand.batch}, attempt ${inHand.attempt}, ${afterMs} ms after it was seen`);
      worker = await disturbed.startWorker();
    }
    await run.result();
    await worker.stop();

    const { record, changedProfiles, differences } = await compare(run.runId);
    console.log(
      `[faults] worker killed in ${kills.join('; ')}: ${record.totals?.replayed} of ${changedProfiles} changed profiles were met again`,
    );
    expect(differences).toEqual([]);
    expect(record).toMatchObject({ state: 'completed', failedBatches: 0 });
  });
});
