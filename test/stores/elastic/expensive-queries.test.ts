import type { Client } from '@elastic/elasticsearch';
import fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { arbitraryConditionOn } from '../../domain/condition/arbitraries.ts';
import { describeWithElastic, sharedElastic } from '../../support/elastic.ts';
import { makeBracketedIndex } from '../../support/elastic/bracketed-index.ts';
import {
  arbitraryDocument,
  arbitraryPlainDocument,
  BRACKET_PATHS,
  MAPPING_KINDS,
} from '../../support/elastic/mapping-kinds.ts';
import { startElasticServer, type ElasticServer } from '../../support/elastic/server.ts';
import { knownToElastic } from '../../support/elastic/under-test.ts';
import { checkSoundness } from '../../support/elastic/soundness.ts';
import { aCondition, SLOT } from '../builders.ts';
import { readAll } from '../store-under-test.ts';
import { openElastic, testClient } from './elastic-store.ts';

const SEED = 12;

/** The setting is the whole cluster's, so it has a server of its own. */
describeWithElastic('a cluster that refuses expensive queries', () => {
  let server: ElasticServer;
  let client: Client;

  beforeAll(async () => {
    server = await startElasticServer(sharedElastic().version, (line) =>
      process.stderr.write(`[elasticsearch] ${line}\n`),
    );
    client = testClient(server);
    await allow(false);
  }, 300_000);

  afterAll(async () => {
    await client.close();
    await server.stop();
  });

  async function allow(allowed: boolean): Promise<void> {
    await client.cluster.putSettings({ persistent: { 'search.allow_expensive_queries': allowed } });
  }

  test.each(MAPPING_KINDS.filter(knownToElastic))(
    'answers the bounds of random conditions on $name',
    async (kind) => {
      const conditions = fc.sample(arbitraryConditionOn(BRACKET_PATHS), { numRuns: 30, seed: SEED });
      for (const plainDocuments of [false, true]) {
        const arbitrary = plainDocuments ? arbitraryPlainDocument(kind) : arbitraryDocument(kind);
        const documents = fc.sample(arbitrary, { numRuns: 60, seed: SEED });
        const options = { plainDocuments, allowsExpensive: false };
        const index = await makeBracketedIndex(client, kind.makings, documents, options);

        const { exact, bounded, full } = await checkSoundness(index, conditions);

        expect(exact + bounded + full).toBe(conditions.length);
      }
    },
  );

  test('gives a scan the candidates that it can tell, and explain-plan the reason', async () => {
    const store = await openElastic({ server });
    // With no limit: 7.13 keeps no note of values over one, and then everything is a candidate.
    const { index } = store.layout;
    await store.client.indices.putMapping({ index, properties: { plan: { type: 'keyword' } } });
    await store.load([
      { id: 'a', plan: 'premium' },
      { id: 'b', plan: 'free' },
      { id: 'c', rank: 12 },
    ]);
    const condition = aCondition('profile@plan STARTS WITH "pre" AND profile@plan > "b"');
    const reach = { kind: 'bracketed', rules: [{ value: 'gold', condition, mode: 'sync' }] } as const;
    const request = { runId: 'run-1', scan: 'conditions', now: Date.parse(SLOT), reach } as const;
    const reasonsOf = async () =>
      JSON.stringify((await store.elastic.explainCost?.(request))?.conditions ?? []);

    const offered = await readAll(store.profiles, request);

    expect(offered.map(({ id }) => id).toSorted()).toEqual(['a', 'b']);
    expect(await reasonsOf()).toContain('search.allow_expensive_queries is false');
    await allow(true);
    expect((await readAll(store.profiles, request)).map(({ id }) => id)).toEqual(['a']);
    expect(await reasonsOf()).not.toContain('search.allow_expensive_queries');
    await allow(false);
    await store.close();
  });

  test('refuses a query with the name of its setting', async () => {
    const store = await openElastic({ server });
    await store.load([{ id: 'a', plan: 'premium' }]);

    const refused = await store.profiles.queries?.refused(['plan:pre*', 'plan:premium']);

    expect([...(refused ?? [])]).toEqual([
      ['plan:pre*', expect.stringContaining('search.allow_expensive_queries')],
    ]);
    expect(refused?.get('plan:pre*')).not.toContain('name its field');
    await store.close();
  });
});
