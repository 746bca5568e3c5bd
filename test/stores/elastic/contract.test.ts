import { describeWithElastic } from '../../support/elastic.ts';
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
          settings: { number_of_shards: '2', number_of_replicas: '0' },
          mappings: {
            properties: { id: { type: 'keyword' }, segments: { type: 'keyword' }, ...LIST.properties },
          },
        }),
      extra: () => ({}),
    }),
  );
});
