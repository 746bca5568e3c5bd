import type { estypes } from '@elastic/elasticsearch';

const DATE = {
  type: 'date',
  format: 'yyyy-MM-dd HH:mm:ss||strict_date_optional_time ||epoch_millis',
} as const;
const KEYWORD = { type: 'keyword' } as const;
const FLATTENED = { type: 'flattened' } as const;

/** The fields of a Tracardi profile that segments look at, mapped as Tracardi maps them. */
const PROPERTIES: Record<string, estypes.MappingProperty> = {
  id: KEYWORD,
  ids: KEYWORD,
  metadata: {
    properties: {
      time: {
        properties: {
          insert: DATE,
          create: DATE,
          update: DATE,
          segmentation: DATE,
          visit: {
            properties: { last: DATE, current: DATE, count: { type: 'integer' }, tz: KEYWORD },
          },
        },
      },
      status: { type: 'keyword', null_value: 'NULL' },
      aux: FLATTENED,
    },
  },
  data: {
    properties: {
      pii: {
        properties: { firstname: KEYWORD, lastname: KEYWORD, language: { properties: { native: KEYWORD } } },
      },
      contact: {
        properties: {
          email: { properties: { main: KEYWORD } },
          address: { properties: { country: KEYWORD, town: KEYWORD } },
          confirmations: KEYWORD,
        },
      },
      devices: { properties: { names: KEYWORD, last: { properties: { type: KEYWORD } } } },
      identifier: { properties: { id: KEYWORD, token: KEYWORD } },
      media: { properties: { image: KEYWORD, webpage: KEYWORD } },
      loyalty: {
        properties: { codes: KEYWORD, card: { properties: { name: KEYWORD, points: { type: 'float' } } } },
      },
    },
  },
  traits: { type: 'object', dynamic: true },
  stats: FLATTENED,
  interests: FLATTENED,
  consents: FLATTENED,
  aux: FLATTENED,
  trash: FLATTENED,
  segments: { type: 'keyword', ignore_above: 64 },
  active: { type: 'boolean' },
  misc: { type: 'object', enabled: false },
};

interface IndexLayout {
  readonly mappings: estypes.MappingTypeMapping;
  readonly settings: estypes.IndicesIndexSettings;
}

/**
 * The refresh interval is Elasticsearch's default, said all the same: left out, an index that nobody has searched for 30
 * seconds is refreshed no more (`index.search.idle.after`). A tracker's own searches keep its profiles refreshed, and the
 * script, which only reads a point in time, would be measured with fewer.
 */
export const TRACARDI_LAYOUT: IndexLayout = {
  mappings: { dynamic: 'strict', date_detection: false, properties: PROPERTIES },
  settings: { number_of_shards: 1, number_of_replicas: 0, refresh_interval: '1s' },
};

/** The same fields in an index that ranges of buckets read in order. */
export const OWN_LAYOUT: IndexLayout = {
  mappings: { ...TRACARDI_LAYOUT.mappings, properties: { ...PROPERTIES, bucket: { type: 'integer' } } },
  settings: {
    ...TRACARDI_LAYOUT.settings,
    index: { sort: { field: ['bucket', 'id'], order: ['asc', 'asc'] } },
  },
};
