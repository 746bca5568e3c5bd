import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { QueryRule, ScanRequest } from '../../../src/activities/profile-store.ts';
import { describeWithElastic } from '../../support/elastic.ts';
import { aCondition, SLOT } from '../builders.ts';
import { readAll, write } from '../store-under-test.ts';
import { openElastic, type ElasticUnderTest, type Given } from './elastic-store.ts';

const OURS: Given = {};
const SOMEBODY_ELSES: Given = {
  extra: () => ({}),
  before: (client, index) =>
    client.indices.create({
      index,
      settings: { number_of_shards: '2', number_of_replicas: '0' },
      mappings: {
        properties: {
          id: { type: 'keyword' },
          country: { type: 'keyword' },
          visits: { type: 'long' },
          segments: { type: 'keyword' },
        },
      },
    }),
};

const GERMANS: QueryRule = { value: 'germans', query: 'country:DE AND visits:>1', mode: 'sync' };
const EVER_FRENCH: QueryRule = { value: 'ever-french', query: 'country:F*', mode: 'add' };

function scanOf(
  queries: readonly QueryRule[],
  kind: 'bracketed' | 'audit' = 'bracketed',
): ScanRequest & { readonly reach: { readonly kind: 'bracketed' | 'audit' } } {
  return {
    runId: 'run-1',
    scan: 'conditions',
    now: Date.parse(SLOT),
    reach: {
      kind,
      queries,
      rules: [{ value: 'busy', condition: aCondition('profile@visits >= 90'), mode: 'sync' }],
    },
  };
}

describeWithElastic('queries', () => {
  describe.each([
    ['of our own layout', OURS],
    ['of somebody else', SOMEBODY_ELSES],
  ])('on an index %s', (_, given) => {
    let store: ElasticUnderTest;
    beforeEach(async () => {
      store = await openElastic(given);
      await store.load([
        { id: 'enters', country: 'DE', visits: 2 },
        { id: 'stays', country: 'DE', visits: 2, segments: ['germans'] },
        { id: 'leaves', country: 'AT', visits: 2, segments: ['germans'] },
        { id: 'never', country: 'AT', visits: 2 },
        { id: 'was-french', country: 'AT', visits: 2, segments: ['ever-french'] },
        { id: 'french', country: 'FR', visits: 2 },
        { id: 'french already', country: 'FR', visits: 2, segments: ['ever-french'] },
        { id: 'busy', country: 'CH', visits: 95 },
        { id: 'busy german', country: 'DE', visits: 95 },
      ]);
    });
    afterEach(() => store.close());

    test('a scan offers what enters and what leaves, with the verdict, and of mode add what enters only', async () => {
      const read = await readAll(store.profiles, scanOf([GERMANS, EVER_FRENCH]));

      expect(Object.fromEntries(read.map(({ id, matchedQueries }) => [id, matchedQueries]))).toEqual({
        busy: [],
        'busy german': ['germans'],
        enters: ['germans'],
        french: ['ever-french'],
        leaves: [],
      });
    });

    test('an audit delivers every profile with its verdict, and marks the candidates', async () => {
      const read = await readAll(store.profiles, scanOf([GERMANS, EVER_FRENCH], 'audit'));

      expect(read).toHaveLength(9);
      const german = read.filter(({ matchedQueries }) => matchedQueries.includes('germans'));
      expect(german.map(({ id }) => id).toSorted()).toEqual(['busy german', 'enters', 'stays']);
      const others = read.filter(({ candidate }) => !candidate).map(({ id }) => id);
      expect(others.toSorted()).toEqual(['french already', 'never', 'stays', 'was-french']);
    });

    test('a profile read again has the verdict of the state that is read, refreshed or not', async () => {
      const scan = store.profiles.openScan(scanOf([GERMANS]));
      const read = await readAll(store.profiles);
      const known = read.filter(({ id }) => ['enters', 'never', 'busy'].includes(id));
      const { index } = store.layout;
      await store.client.update({ index, id: 'enters', doc: { country: 'FR' } });
      await store.client.update({ index, id: 'never', doc: { country: 'DE' } });
      await store.client.delete({ index, id: 'busy' });

      const again = await scan.readProfiles(known);

      const verdicts = again.map(({ id, matchedQueries }) => [id, matchedQueries]);
      expect(Object.fromEntries(verdicts)).toEqual({ enters: [], never: ['germans'] });
      const changes = again.map(({ id, version }) => ({
        id,
        version,
        segments: ['germans'],
        entered: ['germans'],
        left: [],
      }));
      expect(await write(store.profiles, changes)).toMatchObject({ written: 2, conflicts: [] });
    });

    test('what the server refuses is told with its reason', async () => {
      const refused = await store.elastic.queries?.refused(['country:DE', 'visits:many', 'country:DE AND']);

      expect(Object.fromEntries(refused ?? [])).toEqual({
        'visits:many': expect.stringMatching(/^For input string: "many"; a value must be one/),
        'country:DE AND': `Cannot parse 'country:DE AND': Encountered "<EOF>" at line 1, column 14.`,
      });
    });

    test('a single profile is asked as it is now; a query that the server refuses is a mistake', async () => {
      await store.client.update({ index: store.layout.index, id: 'never', doc: { country: 'DE' } });

      expect(await store.elastic.queries?.matches(GERMANS.query, 'never')).toBe(true);
      expect(await store.elastic.queries?.matches(GERMANS.query, 'leaves')).toBe(false);
      await expect(store.elastic.queries?.matches('visits:many', 'never')).rejects.toThrow(
        /Elasticsearch refuses/,
      );
    });
  });
});
