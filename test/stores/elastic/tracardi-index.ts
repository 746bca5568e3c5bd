import type { Client, estypes } from '@elastic/elasticsearch';

const DATE = {
  type: 'date',
  format: 'yyyy-MM-dd HH:mm:ss||strict_date_optional_time ||epoch_millis',
} as const;

/** The parts of Tracardi's profile mapping that segmentation meets: strict, with two free places. */
const MAPPINGS: estypes.MappingTypeMapping = {
  dynamic: 'strict',
  date_detection: false,
  properties: {
    id: { type: 'keyword' },
    ids: { type: 'keyword' },
    metadata: {
      dynamic: 'strict',
      properties: {
        time: {
          properties: {
            insert: DATE,
            update: DATE,
            segmentation: DATE,
            visit: {
              properties: { last: DATE, current: DATE, count: { type: 'integer' }, tz: { type: 'keyword' } },
            },
          },
        },
        aux: { type: 'flattened' },
      },
    },
    data: {
      properties: { contact: { properties: { email: { properties: { main: { type: 'keyword' } } } } } },
    },
    traits: { type: 'object', dynamic: true },
    stats: { type: 'flattened' },
    interests: { type: 'flattened' },
    consents: { type: 'flattened' },
    aux: { type: 'flattened' },
    segments: { type: 'keyword', ignore_above: 64 },
    active: { type: 'boolean' },
    misc: { type: 'object', enabled: false },
  },
};

/** One month's index behind the alias, as Tracardi's template makes it. */
export async function createMonth(client: Client, alias: string, month: string): Promise<string> {
  const index = `08x.${alias}-${month}`;
  await client.indices.create({
    index,
    aliases: { [alias]: {} },
    settings: { number_of_shards: '3', number_of_replicas: '0' },
    mappings: MAPPINGS,
  });
  return index;
}

/** A profile as Tracardi 0.8.1 writes it: naive UTC times, empty objects, ids that hold the id. */
export function tracardiProfile(
  id: string,
  given: Readonly<Record<string, unknown>> = {},
): Record<string, unknown> {
  return {
    id,
    ids: [id],
    metadata: {
      time: {
        insert: '2026-09-01T10:00:00.123456',
        update: '2026-10-05T08:30:00.654321',
        segmentation: null,
        visit: { last: '2026-10-04T12:00:00', current: '2026-10-05T08:30:00', count: 3, tz: 'Europe/Prague' },
      },
      aux: { note: 'kept' },
    },
    data: { contact: { email: { main: `${id}@example.com` } } },
    traits: { plan: 'pro', orders: 4 },
    stats: { visits: 12, views: 40 },
    interests: { shoes: 2.5 },
    consents: {},
    aux: {},
    segments: ['foreign'],
    active: true,
    misc: { anything: [1, 'a', {}] },
    ...given,
  };
}
