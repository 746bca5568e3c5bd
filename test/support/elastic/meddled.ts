import type { Client } from '@elastic/elasticsearch';
import type { WriteRequest } from '../../../src/activities/profile-store.ts';
import { sharedElastic } from '../elastic.ts';
import { startInProcess, type InProcess } from '../in-process.ts';
import { elasticClient } from './under-test.ts';

/** What another writer does between a page's reading and its writing. */
export type Meddling = (request: WriteRequest) => Promise<void>;

/** Strata on an Elasticsearch index, and another writer of it. */
export interface MeddledStrata extends InProcess {
  readonly elastic: Client;
  readonly meddle: (meddling: Meddling) => void;
}

/** `stop` deletes the index too. */
export async function startMeddled(index: string): Promise<MeddledStrata> {
  const elastic = elasticClient();
  let meddling: Meddling = async () => undefined;
  const strata = await startInProcess({
    env: { ELASTIC_HOST: sharedElastic().url, ELASTIC_PROFILE_INDEX: index, ELASTIC_INDEX_REPLICAS: '0' },
    through: (profiles) => ({
      ...profiles,
      writeChanges: async (request) => {
        await meddling(request);
        return profiles.writeChanges(request);
      },
    }),
  });
  return {
    ...strata,
    elastic,
    meddle: (next) => void (meddling = next),
    stop: async () => {
      await strata.stop();
      await elastic.indices.delete({ index });
      await elastic.close();
    },
  };
}
