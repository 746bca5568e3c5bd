import { createHttpOperations } from '../../src/api/http-operations.ts';
import type { DefinitionSource } from '../../src/domain/definition.ts';
import { beforeAll, expect, test } from 'vitest';
import { prepareDisturbed, type Disturbed } from '../support/disturbed-run.ts';
import { activityInHand } from '../support/in-hand.ts';
import { heartbeatTimeouts } from '../support/heartbeat-timeouts.ts';
import { runWithKills } from '../support/killed-worker.ts';
import { useOwnServer } from '../support/own-server.ts';
import { describeWithTemporal } from '../support/temporal.ts';

/** 15 batches of half a second. */
const PROFILES = 120_000;
const LATEST_MS = 250;
/** With those on Elasticsearch, thirty. */
const RUNS = [1, 2];
const KILLS = 11;
/** Planning and closing take a tenth of a second; a kill that misses them is tried again in the next run. */
const TRIES = 6;

const PREPARE_MS = 300_000;
const MANY_DEFINITIONS = 1_000;

describeWithTemporal('a run whose worker process is killed with -9', () => {
  const own = useOwnServer();
  let disturbed: Disturbed;

  beforeAll(async () => {
    const { folder, client, server } = own();
    const { address } = server;
    const profiles = PROFILES;
    disturbed = await prepareDisturbed({ folder, client, address, environment: 'kill-worker', profiles });
  }, PREPARE_MS);

  test.for(RUNS)(
    `${KILLS} times at random points inside batches ends with the membership and the log of a plain recomputation (run %i)`,
    async (_, { signal }) => {
      const { record, differences } = await runWithKills(disturbed, own().client, {
        kills: KILLS,
        latestMs: LATEST_MS,
        signal,
      });

      expect(differences).toEqual([]);
      expect(record).toMatchObject({ state: 'completed', failedBatches: 0 });
    },
  );

  test('inside planRun and inside finishRun goes on when a heartbeat is missed, and ends the same', async ({
    signal,
  }) => {
    const { client } = own();
    const inside = new Set<string>();
    for (let attempt = 0; attempt < TRIES && inside.size < 2; attempt += 1) {
      const { start, compare } = await disturbed.nextRun();
      let worker = await disturbed.startWorker();
      const run = await start(worker);

      const interrupted: string[] = [];
      for (const activity of ['planRun', 'finishRun'].filter((each) => !inside.has(each))) {
        const inHand = await activityInHand(client, run, worker.pid, activity);
        await worker.kill();
        if ((await inHand?.isOpen()) === true) interrupted.push(activity);
        signal.throwIfAborted();
        worker = await disturbed.startWorker();
      }
      await run.result();
      await worker.stop();

      const { record, differences } = await compare(run.runId);
      expect(differences).toEqual([]);
      expect(record).toMatchObject({ state: 'completed', failedBatches: 0 });
      expect(await heartbeatTimeouts(client, run.workflowId)).toEqual(expect.arrayContaining(interrupted));
      for (const activity of interrupted) inside.add(activity);
    }
    expect([...inside].toSorted()).toEqual(['finishRun', 'planRun']);
  });

  test('inside publishDefinitions publishes the set all the same', async ({ signal }) => {
    const { client } = own();
    let worker = await disturbed.startWorker();
    let wasInside = false;
    for (let attempt = 0; attempt < TRIES && !wasInside; attempt += 1) {
      const more = Array.from({ length: MANY_DEFINITIONS }, (_, index) =>
        disabled(`set-${attempt}-${index}`),
      );
      const publication = disturbed.publish(more);

      const inHand = await activityInHand(client, publication, worker.pid, 'publishDefinitions');
      await worker.kill();
      wasInside = (await inHand?.isOpen()) === true;
      signal.throwIfAborted();
      worker = await disturbed.startWorker();
      const { published } = await publication.result();

      const again = await disturbed.publish(more).result();
      expect(again.published).toMatchObject({ changed: false, hash: published.hash });
      const listed = await createHttpOperations(worker.api).segments();
      expect(listed.filter(({ id }) => id.startsWith(`set-${attempt}-`))).toHaveLength(MANY_DEFINITIONS);
    }
    expect(wasInside).toBe(true);
  });
});

function disabled(id: string): DefinitionSource {
  return {
    file: `${id}.yaml`,
    content: `id: ${id}\nkind: live\nenabled: false\ncondition: profile@a == 1\n`,
  };
}
