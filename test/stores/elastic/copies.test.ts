import type { Client } from '@elastic/elasticsearch';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { StoredProfile } from '../../../src/domain/profile.ts';
import { findOlderCopies } from '../../../src/stores/elastic/copies.ts';
import { plainLayout } from '../../../src/stores/elastic/layout.ts';
import { searchById } from '../../../src/stores/elastic/search-by-id.ts';
import { DocumentVersion } from '../../../src/stores/elastic/version.ts';
import { describeWithElastic, uniqueIndex } from '../../support/elastic.ts';
import { elasticClient } from '../../support/elastic/under-test.ts';

/** With the other profile's copy, one more than an answer can hold. */
const COPIES = 10_000;
const [OLD, NEW] = ['2026-10-05T08:30:00Z', '2026-11-01T09:00:00Z'];

describeWithElastic('copies of profiles in other indices', () => {
  const name = uniqueIndex('copies');
  const layout = plainLayout({ index: `${name}-*`, idField: 'id', segmentsField: 'segments' });
  let client: Client;
  beforeAll(async () => {
    client = elasticClient();
    await client.indices.create({
      index: `${name}-other`,
      mappings: { properties: { id: { type: 'keyword' } } },
      settings: { number_of_shards: 1, number_of_replicas: 0 },
    });
    const documents = [...Array.from({ length: COPIES }, () => copy('many', OLD)), copy('one', NEW)];
    const operations = documents.flatMap((document) => [{ index: {} }, document]);
    await client.bulk({ index: `${name}-other`, operations, refresh: true });
  });
  afterAll(async () => {
    await client.indices.delete({ index: `${name}-other` });
    await client.close();
  });

  test('a newer one is found behind more copies of another id than one answer holds', async () => {
    const older = await findOlderCopies(client, layout, [stored('many', NEW), stored('one', OLD)]);

    expect(older.map(({ id }) => id)).toEqual(['one']);
  });

  test('every document of each id is found where there are more than one answer holds', async () => {
    const hits = await searchById(client, layout, {
      ids: ['many', 'one'],
      exceptIndex: null,
      source: false,
    });

    expect(hits).toHaveLength(COPIES + 1);
  });

  function stored(id: string, update: string): StoredProfile {
    const location = { index: `${name}-own`, docId: id, routing: null, seqNo: 0, primaryTerm: 1 };
    return {
      id,
      document: copy(id, update),
      segments: [],
      segmentsBefore: [],
      settled: false,
      candidate: true,
      matchedQueries: [],
      version: new DocumentVersion(location, null, Date.parse(update)),
    };
  }
});

function copy(id: string, update: string) {
  return { id, metadata: { time: { update } } };
}
