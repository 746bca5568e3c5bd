import { afterAll, beforeAll, expect, test } from 'vitest';
import { describeWithElastic } from '../../support/elastic.ts';
import { aCondition } from '../builders.ts';
import { openElastic, type ElasticUnderTest } from './elastic-store.ts';

const NOW = Date.parse('2026-11-20T09:00:00.000Z');

describeWithElastic('numbers at the top of documents in an index of our own layout', () => {
  let store: ElasticUnderTest;

  beforeAll(async () => {
    store = await openElastic();
    await store.load([
      { id: 'a', age: 31 },
      { id: 'b', age: 30.5 },
      { id: 'c', age: 20 },
    ]);
    // A number of somebody's own mapping, which names no coercion.
    const index = store.layout.index;
    await store.client.indices.putMapping({ index, properties: { visits: { type: 'long' } } });
  });

  afterAll(() => store.close());

  test('are decided by the index but where it left a value out, and no document is refused', async () => {
    await store.load([
      { id: 'd', age: '35' },
      { id: 'e', age: 'old' },
      { id: 'f', age: ['40', 50], visits: 12 },
      { id: 'g', age: null },
    ]);
    const { index } = store.layout;
    await store.client.index({ index, id: 'h', document: { id: 'h', bucket: '15' }, refresh: true });

    const cost = await store.elastic.explainCost?.({
      now: NOW,
      reach: {
        kind: 'bracketed',
        rules: ['profile@age > 30', 'profile@age == 30.5', 'profile@visits >= 12'].map((text) => ({
          value: text,
          condition: aCondition(text),
          mode: 'sync',
        })),
      },
    });

    const leftOut =
      'the index leaves out values over ignore_above, or of the wrong type, and says only where';
    expect(cost?.conditions.map(({ parts }) => parts[0])).toMatchObject([
      { reach: 'bounded', reasons: [leftOut] },
      { reach: 'bounded', reasons: [leftOut] },
      { reach: 'exact', reasons: [] },
    ]);
    // a, b and f meet a condition; d and e hold texts.
    expect(cost).toMatchObject({ profiles: 8, candidates: 5 });
  });
});
