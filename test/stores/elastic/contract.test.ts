import { isAtLeast } from '../../../src/stores/elastic/server-check.ts';
import { describeWithElastic, sharedElastic } from '../../support/elastic.ts';
import { describeProfileStore } from '../profile-store.contract.ts';
import { openElastic } from './elastic-store.ts';

/** Of the contract's documents, one has a list of mixed things, which only a field that is not indexed takes. */
const LIST = { properties: { list: { type: 'object', enabled: false } } } as const;

describeWithElastic('Elasticsearch', () => {
  describeProfileStore('an index of our own layout', async () => {
    const store = await openElastic();
    await store.client.indices.putMapping({ index: store.layout.index, ...LIST });
    return store;
  });

  describeProfileStore('an index of somebody else', () =>
    openElastic({
      before: (client, index) =>
        client.indices.create({
          index,
          // Servers before 7.15 read an index in as many ranges as it has shards.
          settings: {
            number_of_shards: isAtLeast(sharedElastic().version, 7, 15) ? '2' : '6',
            number_of_replicas: '0',
          },
          mappings: {
            properties: { id: { type: 'keyword' }, segments: { type: 'keyword' }, ...LIST.properties },
          },
        }),
      extra: () => ({}),
    }),
  );
});
