import { expect, test } from 'vitest';
import { plainLayout } from '../../../src/stores/elastic/layout.ts';
import { searchPlaces } from '../../../src/stores/elastic/search-places.ts';
import { describeWithElastic, uniqueIndex } from '../../support/elastic.ts';
import { elasticClient } from '../../support/elastic/under-test.ts';

/** With as many ids as one request takes, copies for more hits than one answer holds. */
const [MONTHS, IDS] = [21, 500];

describeWithElastic('documents that are searched by their places', () => {
  test('all are found among more copies in other months than one answer holds', async () => {
    const name = uniqueIndex('search-places');
    const months = Array.from({ length: MONTHS }, (_, month) => `${name}-${month + 10}`);
    const ids = Array.from({ length: IDS }, (_, id) => `profile-${id}`);
    const client = elasticClient();
    try {
      const operations = months.flatMap((_index) =>
        ids.flatMap((_id) => [{ index: { _index, _id } }, { id: _id }]),
      );
      await client.bulk({ operations, refresh: true });
      const last = months.at(-1) ?? '';
      const layout = plainLayout({ index: `${name}-*`, idField: '_id', segmentsField: 'segments' });

      const found = await searchPlaces(
        { client, layout, queries: [], fields: [] },
        ids.map((docId) => ({ index: last, docId, routing: null })),
      );

      expect(found.map(({ location }) => location.docId).toSorted()).toEqual(ids.toSorted());
    } finally {
      await client.indices.delete({ index: months });
      await client.close();
    }
  });
});
