import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest';
import { batchInHand } from '../support/in-hand.ts';
import { prepareDisturbed, type Disturbed } from '../support/disturbed-run.ts';
import { sharedElastic, uniqueIndex } from '../support/elastic.ts';
import { startTunnel, type BreakableTunnel } from '../support/fault-proxy.ts';
import { createEmptyDatabase, startMariaDb, type MariaDb } from '../support/mariadb.ts';
import { useOwnServer } from '../support/own-server.ts';

/** Six batches a scan, so that two workers both have some, and pages of some are written while others are not. */
const PROFILES = 60_000;

const SERVERS = ['temporalServer', 'elasticServer', 'mariaDbUrl'] as const;
const describeWithAll = describe.skipIf(SERVERS.some((server) => inject(server) === null));

describeWithAll('worker processes that share Elasticsearch and a ledger on MariaDB', () => {
  const own = useOwnServer();
  let mariaDb: MariaDb;
  let tunnel: BreakableTunnel;

  beforeAll(async () => {
    mariaDb = await startMariaDb();
    tunnel = await startTunnel(Number(new URL(mariaDb.url).port));
  });

  afterAll(async () => {
    await tunnel.close();
    await mariaDb.stop();
  });

  function throughTunnel(url: string): string {
    const through = new URL(url);
    through.port = String(tunnel.port);
    return through.href;
  }

  async function prepare(environment: string): Promise<Disturbed> {
    const { folder, client, server } = own();
    return prepareDisturbed({
      folder,
      environment,
      profiles: PROFILES,
      address: server.address,
      client,
      stores: {
        ELASTIC_HOST: sharedElastic().url,
        ELASTIC_PROFILE_INDEX: uniqueIndex(environment),
        ELASTIC_INDEX_REPLICAS: '0',
        MYSQL_URL: throughTunnel(await createEmptyDatabase(mariaDb.url)),
        STRATA_BATCHES_AT_ONCE: '1',
      },
    });
  }

  test('one is killed with -9, and the other finishes its batches', async () => {
    const disturbed = await prepare('two-workers');
    const { start, compare } = await disturbed.nextRun();
    const { client, folder } = own();
    const one = await disturbed.startWorker();
    const two = await disturbed.startWorker(join(folder, 'two'));
    const run = await start(one);

    await batchInHand(client, run, one.pid, { from: 0, written: false });
    const inHand = await batchInHand(client, run, two.pid, { from: 0, written: true });
    await two.kill();
    const wasInterrupted = await inHand.isOpen();
    await run.result();
    await one.stop();

    const { record, changedProfiles, differences } = await compare(run.runId);
    console.log(
      `[faults] worker two killed in batch ${inHand.batch}: ${record.totals?.replayed} of ${changedProfiles} changed profiles were met again`,
    );
    expect(differences).toEqual([]);
    expect(record).toMatchObject({ state: 'completed', failedBatches: 0 });
    expect(wasInterrupted).toBe(true);
  });

  test('connections to MariaDB break in mid-run, it is killed with -9, and the run goes on when it is back', async () => {
    const disturbed = await prepare('killed-ledger');
    const { start, compare } = await disturbed.nextRun();
    const worker = await disturbed.startWorker();
    const run = await start(worker);

    let broken = 0;
    for (const from of [0, 1, 2]) {
      await batchInHand(own().client, run, worker.pid, { from, written: false });
      broken += tunnel.breakAll();
    }
    await batchInHand(own().client, run, worker.pid, { from: 3, written: true });
    await mariaDb.kill();
    await mariaDb.restart();
    await run.result();
    await worker.stop();

    const { record, differences } = await compare(run.runId);
    console.log(`[faults] ${broken} connections to MariaDB broken`);
    expect(differences).toEqual([]);
    expect(record).toMatchObject({ state: 'completed', failedBatches: 0 });
    expect(broken).toBeGreaterThan(0);
  });
});
