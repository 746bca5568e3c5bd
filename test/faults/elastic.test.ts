import { inject, beforeAll, describe, expect, test } from 'vitest';
import { batchInHand } from '../support/in-hand.ts';
import { prepareDisturbed, type Disturbed } from '../support/disturbed-run.ts';
import { sharedElastic, uniqueIndex } from '../support/elastic.ts';
import { ELASTIC_VERSION } from '../support/elastic/distribution.ts';
import { startElasticServer, type ElasticServer } from '../support/elastic/server.ts';
import { startFaultProxy, type Fault, type FaultProxy, type ProxiedRequest } from '../support/fault-proxy.ts';
import { useOwnServer } from '../support/own-server.ts';
import { createSeeded, type Seeded } from '../support/seeded.ts';

/** Three batches a scan. */
const PROFILES = 21_000;
const PREPARE_MS = 300_000;
/** Every so many requests one goes wrong. */
const EVERY = 6;
const FAULTS: readonly Fault[] = [
  { kind: 'refuse', status: 429 },
  { kind: 'refuse', status: 503 },
  { kind: 'reset' },
  { kind: 'unanswered' },
  { kind: 'half' },
  { kind: 'slow', milliseconds: 500 },
];
const KINDS = ['refuse', 'reset', 'unanswered', 'half', 'slow'] as const;

const describeWithBoth = describe.skipIf(
  inject('temporalServer') === null || inject('elasticServer') === null,
);

describeWithBoth('a run on Elasticsearch', () => {
  const own = useOwnServer();

  describe('over a bad line', () => {
    let proxy: FaultProxy;
    let disturbed: Disturbed;
    let fault: (request: ProxiedRequest) => Fault = () => ({ kind: 'pass' });

    beforeAll(async () => {
      proxy = await startFaultProxy(sharedElastic().port, (request) => fault(request));
      disturbed = await prepare('bad-line', `http://127.0.0.1:${proxy.port}`);
      return () => proxy.close();
    }, PREPARE_MS);

    test('ends as if nothing had gone wrong', async () => {
      const { start, compare } = await disturbed.nextRun();
      const worker = await disturbed.startWorker();
      fault = inTurn(createSeeded());
      const run = await start(worker);
      await run.result();
      fault = () => ({ kind: 'pass' });
      await worker.stop();

      const { record, differences } = await compare(run.runId);
      console.log(`[faults] requests to Elasticsearch: ${JSON.stringify(proxy.done)}`);
      expect(differences).toEqual([]);
      expect(record).toMatchObject({ state: 'completed', failedBatches: 0 });
      expect(Object.keys(proxy.done)).toEqual(expect.arrayContaining([...KINDS]));
    });
  });

  describe('on a server that is killed with -9', () => {
    let elastic: ElasticServer;
    let disturbed: Disturbed;

    beforeAll(async () => {
      elastic = await startElasticServer(ELASTIC_VERSION, (line) => console.log(line));
      disturbed = await prepare('killed-elastic', elastic.url);
      return () => elastic.stop();
    }, PREPARE_MS);

    test('goes on when it is back, and ends the same', async () => {
      const { start, compare } = await disturbed.nextRun();
      const worker = await disturbed.startWorker();
      const run = await start(worker);
      await batchInHand(own().client, run, worker.pid, { from: 0, written: true });
      await elastic.kill();
      await elastic.restart();
      await run.result();
      await worker.stop();

      const { record, differences } = await compare(run.runId);
      expect(differences).toEqual([]);
      expect(record).toMatchObject({ state: 'completed', failedBatches: 0 });
    });
  });

  async function prepare(environment: string, url: string): Promise<Disturbed> {
    const { folder, client, server } = own();
    return prepareDisturbed({
      folder,
      client,
      environment,
      address: server.address,
      profiles: PROFILES,
      stores: {
        ELASTIC_HOST: url,
        ELASTIC_PROFILE_INDEX: uniqueIndex(environment),
        ELASTIC_INDEX_REPLICAS: '0',
      },
    });
  }
});

/** Each kind of fault comes round, at a request that chance picks; a bulk is as likely as any other. */
function inTurn(random: Seeded): () => Fault {
  let done = 0;
  return () => {
    if (random.below(EVERY) > 0) return { kind: 'pass' };
    done += 1;
    return FAULTS[done % FAULTS.length] ?? { kind: 'pass' };
  };
}
