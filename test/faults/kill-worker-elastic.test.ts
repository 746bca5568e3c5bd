import { expect, test } from 'vitest';
import { prepareDisturbed } from '../support/disturbed-run.ts';
import { describeWithTemporalAndElastic, sharedElastic, uniqueIndex } from '../support/elastic.ts';
import { runWithKills } from '../support/killed-worker.ts';
import { useOwnServer } from '../support/own-server.ts';

/** Batches of ten thousand: those of the workflow segments hold all profiles, those of the conditions fewer. */
const PROFILES = 60_000;
const LATEST_MS = 1_000;
/** With those on the embedded store, thirty. */
const KILLS = 8;

describeWithTemporalAndElastic('a run on Elasticsearch and a ledger in the data folder', () => {
  const own = useOwnServer();

  test(`ends with the membership and the log of a plain recomputation when its worker is killed with -9 at ${KILLS} random points`, async ({
    signal,
  }) => {
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

    const { record, differences } = await runWithKills(disturbed, client, {
      kills: KILLS,
      latestMs: LATEST_MS,
      signal,
    });

    expect(differences).toEqual([]);
    expect(record).toMatchObject({ state: 'completed', failedBatches: 0 });
  });
});
