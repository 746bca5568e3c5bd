import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Client, Connection } from '@temporalio/client';
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest';
import { SEARCH_ATTRIBUTES } from '../../src/names.ts';
import { batchInHand } from '../support/batch-in-hand.ts';
import { killChildren } from '../support/child.ts';
import { prepareDisturbedRun, type DisturbedRun } from '../support/disturbed-run.ts';
import { sharedElastic, uniqueIndex } from '../support/elastic.ts';
import { createEmptyDatabase, startMariaDb, type MariaDb } from '../support/mariadb.ts';
import { startTestServer, type TestServer } from '../support/temporal.ts';

/** Three batches a scan, so that two workers both have some. */
const PROFILES = 21_000;

const SERVERS = ['temporalServer', 'elasticServer', 'mariaDbUrl'] as const;
const describeWithAll = describe.skipIf(SERVERS.some((server) => inject(server) === null));

describeWithAll('worker processes that share Elasticsearch and a ledger on MariaDB', () => {
  let folder: string;
  let temporal: TestServer;
  let mariaDb: MariaDb;
  let client: Client;

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'strata-shared-'));
    [temporal, mariaDb] = await Promise.all([
      startTestServer({ searchAttributes: SEARCH_ATTRIBUTES }),
      startMariaDb(),
    ]);
    client = new Client({ connection: await Connection.connect({ address: temporal.address }) });
  });

  afterAll(async () => {
    await killChildren();
    await client.connection.close();
    await Promise.all([temporal.stop(), mariaDb.stop()]);
    rmSync(folder, { recursive: true });
  });

  async function prepare(environment: string): Promise<DisturbedRun> {
    return prepareDisturbedRun({
      folder,
      environment,
      profiles: PROFILES,
      address: temporal.address,
      client,
      stores: {
        ELASTIC_HOST: sharedElastic().url,
        ELASTIC_PROFILE_INDEX: uniqueIndex(environment),
        ELASTIC_INDEX_REPLICAS: '0',
        MYSQL_URL: await createEmptyDatabase(mariaDb.url),
        STRATA_BATCHES_AT_ONCE: '1',
      },
    });
  }

  test('one is killed with -9, and the other finishes its batches', async () => {
    const disturbed = await prepare('two-workers');
    const one = await disturbed.startWorker();
    const two = await disturbed.startWorker(join(folder, 'two'));
    const run = await disturbed.start(one);

    await batchInHand(client, run, one.pid, { from: 0, written: false });
    const inHand = await batchInHand(client, run, two.pid, { from: 0, written: true });
    await two.kill();
    const wasInterrupted = await inHand.isOpen();
    await run.result();
    await one.stop();

    const { record, changedProfiles, differences } = await disturbed.compare(run.runId);
    console.log(
      `[faults] worker two killed in batch ${inHand.batch}: ${record.totals?.replayed} of ${changedProfiles} changed profiles were met again`,
    );
    expect(differences).toEqual([]);
    expect(record).toMatchObject({ state: 'completed', failedBatches: 0 });
    expect(wasInterrupted).toBe(true);
  });

  test('MariaDB is killed with -9 in mid-run, and the run goes on when it is back', async () => {
    const disturbed = await prepare('killed-ledger');
    const worker = await disturbed.startWorker();
    const run = await disturbed.start(worker);

    await batchInHand(client, run, worker.pid, { from: 0, written: true });
    await mariaDb.kill();
    await mariaDb.restart();
    await run.result();
    await worker.stop();

    const { record, differences } = await disturbed.compare(run.runId);
    expect(differences).toEqual([]);
    expect(record).toMatchObject({ state: 'completed', failedBatches: 0 });
  });
});
