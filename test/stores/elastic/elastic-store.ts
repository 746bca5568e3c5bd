import { errors, type Client } from '@elastic/elasticsearch';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import type { IntentLog } from '../../../src/activities/intent-log.ts';
import { toDateFields } from '../../../src/domain/condition/fields.ts';
import { bucketOf } from '../../../src/stores/elastic/buckets.ts';
import { createClient } from '../../../src/stores/elastic/client.ts';
import { claimIndices, openIndices } from '../../../src/stores/elastic/indices.ts';
import { plainLayout, type Layout } from '../../../src/stores/elastic/layout.ts';
import { openProfileStore, type ElasticProfileStore } from '../../../src/stores/elastic/profile-store.ts';
import { openDatabase } from '../../../src/stores/embedded/database.ts';
import { createIntentLog } from '../../../src/stores/embedded/intents.ts';
import { createLedger } from '../../../src/stores/embedded/ledger.ts';
import { sharedElastic, uniqueIndex } from '../../support/elastic.ts';
import type { SharedElastic } from '../../support/elastic-setup.ts';
import type { StoreUnderTest } from '../store-under-test.ts';

export interface ElasticUnderTest extends StoreUnderTest {
  readonly client: Client;
  readonly layout: Layout;
  readonly elastic: ElasticProfileStore;
  /** Lets Strata write the index. */
  readonly claim: () => Promise<void>;
  /** Opens the same index for another environment. */
  readonly reopen: (environment: string) => Promise<unknown>;
  readonly intents: IntentLog;
}

export function testClient({ url }: Pick<SharedElastic, 'url'>): Client {
  return createClient({
    hosts: [url],
    scheme: 'http',
    port: 9200,
    verifyCertificates: true,
    timeoutMs: 60_000,
  });
}

export interface Given {
  /** Another server than the shared one. */
  readonly server?: Pick<SharedElastic, 'url' | 'version'>;
  readonly index?: string;
  readonly layout?: Partial<Layout>;
  /** Makes the index before Strata opens it. */
  readonly before?: (client: Client, index: string) => Promise<unknown>;
  /** Whether Strata may write it. */
  readonly claimed?: boolean;
  /** What a tracker's documents hold beside what they are put with. */
  readonly extra?: (id: string) => Record<string, unknown>;
}

/** An index of its own and a ledger in a folder of its own; both are removed when it closes. */
export async function openElastic({
  server = sharedElastic(),
  index = uniqueIndex('profiles'),
  layout: given = {},
  before,
  extra,
  claimed = true,
}: Given = {}): Promise<ElasticUnderTest> {
  const client = testClient(server);
  const folder = await mkdtemp(join(tmpdir(), 'strata-elastic-'));
  const database = await openDatabase(folder, { environment: 'default' });
  const layout = { ...plainLayout({ index, idField: 'id', segmentsField: 'segments' }), ...given };
  await before?.(client, index);
  const intents = createIntentLog(database);
  const indices = {
    environment: 'default',
    makesIndex: true,
    shards: 1,
    replicas: 0,
    datePatterns: ['metadata.time.*'],
  };
  const claim = async () =>
    claimIndices(client, layout, await openIndices(client, layout, indices), 'default');
  if (claimed) await claim();
  const elastic = await openProfileStore({
    client,
    version: server.version,
    layout,
    intents,
    dateFields: toDateFields(['metadata.time.*']),
    plainDocuments: false,
    indices,
    now: () => new Date(),
  });
  const tracker = createTracker(client, index, extra ?? ((id) => ({ bucket: bucketOf(id) })));
  return {
    client,
    layout,
    elastic,
    claim,
    reopen: (environment) => openIndices(client, layout, { ...indices, environment }),
    intents,
    profiles: elastic,
    ledger: createLedger(database),
    longDocument: 17_000_000,
    shapesAreUnseen: true,
    ...tracker,
    close: async () => {
      await client.indices.delete({ index: await indicesOf(client, index) });
      await client.close();
      await database.close();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

/** The server refuses to delete by pattern. */
async function indicesOf(client: Client, index: string): Promise<string[]> {
  return Object.keys(await client.indices.get({ index: `${index}*,08x.${index}*` }));
}

type Document = Readonly<Record<string, unknown>>;

/** A writer beside Strata that puts whole documents and loses none of its fields. */
function createTracker(client: Client, index: string, extra: (id: string) => Document) {
  async function put(document: Document): Promise<void> {
    const id = String(document['id']);
    for (;;) {
      const known = await client.get<Document>({ index, id }, { ignore: [404] });
      const { segments, strata } = known._source ?? {};
      const kept = known.found ? { segments, strata } : {};
      const whole: Document = JSON.parse(JSON.stringify({ ...document, ...extra(id), ...kept }));
      if (known.found && isDeepStrictEqual(whole, known._source)) return;
      const guard = known.found
        ? { if_seq_no: known._seq_no, if_primary_term: known._primary_term }
        : { op_type: 'create' as const };
      try {
        await client.index({ index, id, document: whole, refresh: true, ...guard });
        return;
      } catch (error) {
        if (!(error instanceof errors.ResponseError && error.statusCode === 409)) throw error;
      }
    }
  }

  async function load(documents: readonly (Document & { readonly id: string })[]): Promise<void> {
    for (let from = 0; from < documents.length; from += 500) {
      const some = documents.slice(from, from + 500);
      const operations = some.flatMap((document) => [
        { index: { _id: document.id } },
        { ...document, ...extra(document.id) },
      ]);
      const { errors: failed, items } = await client.bulk({ index, operations });
      if (failed) throw new Error(JSON.stringify(items.find(({ index: item }) => item?.error !== undefined)));
    }
    await client.indices.refresh({ index });
  }

  return { put, load };
}
