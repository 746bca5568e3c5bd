import type { Client } from '@elastic/elasticsearch';
import type { IntentLog } from '../activities/intent-log.ts';
import type { Config } from '../config.ts';
import { toDateFields } from '../domain/condition/fields.ts';
import { UserError } from '../domain/errors.ts';
import { createClient } from '../stores/elastic/client.ts';
import { findDuplicates, type DuplicateReport } from '../stores/elastic/duplicates.ts';
import { readIndexState, type IndexState } from '../stores/elastic/index-state.ts';
import { claimIndices, openIndices, type OpenedIndices } from '../stores/elastic/indices.ts';
import { plainLayout, tracardiLayout, type Layout } from '../stores/elastic/layout.ts';
import { openProfileStore, type ElasticProfileStore } from '../stores/elastic/profile-store.ts';
import { checkServer } from '../stores/elastic/server-check.ts';
import { tracardiAlias, type TracardiInstallation } from '../stores/elastic/tracardi-names.ts';

/** The profile store in Elasticsearch, and its connection. */
export interface ElasticProfiles {
  readonly profiles: ElasticProfileStore;
  close(): Promise<void>;
}

/** Asks first who is at the other end; what cannot be used is a UserError. */
export async function openElasticProfiles(
  config: Config,
  intents: IntentLog,
  makesIndex: boolean,
): Promise<ElasticProfiles> {
  const client = connectElastic(config);
  try {
    const version = await checkServer(client);
    const profiles = await openProfileStore({
      client,
      version,
      intents,
      layout: layoutOf(config),
      dateFields: toDateFields(config.STRATA_DATE_FIELDS),
      plainDocuments: config.ELASTIC_PLAIN_DOCUMENTS,
      indices: { ...indexOptionsOf(config), makesIndex },
      now: () => new Date(),
    });
    return { profiles, close: () => client.close() };
  } catch (error) {
    await client.close();
    throw error;
  }
}

/** Asks who is at the other end; what is not there or cannot be used is a UserError. */
export function findElastic(config: Config): Promise<void> {
  return withServer(config, async () => undefined);
}

/** Whether Strata may write the profiles: its own always, somebody else's once a person has said so. */
export async function mayWriteProfiles(config: Config): Promise<boolean> {
  if (config.ELASTIC_HOST === undefined) return true;
  return withIndices(config, async (_, { environment }) => environment !== null);
}

export async function allowWrites(config: Config): Promise<void> {
  if (config.ELASTIC_HOST === undefined) return;
  await withIndices(config, (client, state) =>
    claimIndices(client, layoutOf(config), state, config.STRATA_ENV),
  );
}

/** Ids that live in two documents, by the month or by the writer. */
export async function findDuplicateProfiles(config: Config, limit: number): Promise<DuplicateReport> {
  if (config.ELASTIC_HOST === undefined)
    throw new UserError(
      'An id can live in two documents only in Elasticsearch, and ELASTIC_HOST is not set.',
    );
  const layout = layoutOf(config);
  if (layout.idField === '_id')
    throw new UserError(
      'Documents told by their `_id` cannot be compared; ELASTIC_ID_FIELD names a field that can.',
    );
  return withServer(config, async (client) => {
    // A look makes no index.
    if ((await readIndexState(client, layout)) === null)
      throw new UserError(
        `Elasticsearch has no index and no alias "${layout.index}"; ELASTIC_PROFILE_INDEX decides the name.`,
      );
    return findDuplicates(client, layout, limit);
  });
}

/** Where the profiles are, by the name that was given or the layout's own. */
export function profileIndexOf(config: Config): string {
  return layoutOf(config).index;
}

async function withIndices<T>(
  config: Config,
  work: (client: Client, state: IndexState) => Promise<T>,
): Promise<T> {
  return withServer(config, async (client) =>
    work(
      client,
      await openIndices(client, layoutOf(config), { ...indexOptionsOf(config), makesIndex: false }),
    ),
  );
}

async function withServer<T>(config: Config, work: (client: Client) => Promise<T>): Promise<T> {
  const client = connectElastic(config);
  try {
    await checkServer(client);
    return await work(client);
  } finally {
    await client.close();
  }
}

function indexOptionsOf(config: Config): Omit<OpenedIndices, 'makesIndex'> {
  return {
    environment: config.STRATA_ENV,
    shards: config.ELASTIC_INDEX_SHARDS,
    replicas: config.ELASTIC_INDEX_REPLICAS,
    datePatterns: config.STRATA_DATE_FIELDS,
  };
}

/** Whoever connects closes it. */
export function connectElastic(config: Config): Client {
  const hosts = (config.ELASTIC_HOST ?? '').split(',').map((host) => host.trim());
  return createClient({
    hosts: hosts.filter((host) => host !== ''),
    scheme: config.ELASTIC_SCHEME,
    port: config.ELASTIC_PORT,
    username: config.ELASTIC_HTTP_AUTH_USERNAME,
    password: config.ELASTIC_HTTP_AUTH_PASSWORD,
    apiKey: config.ELASTIC_API_KEY,
    apiKeyId: config.ELASTIC_API_KEY_ID,
    caFile: config.ELASTIC_CA_FILE,
    verifyCertificates: config.ELASTIC_VERIFY_CERTS,
    timeoutMs: config.ELASTIC_QUERY_TIMEOUT * 1_000,
  });
}

function layoutOf(config: Config): Layout {
  const { SEGMENTS_FIELD: segmentsField, ELASTIC_PROFILE_INDEX: index } = config;
  if (config.ELASTIC_LAYOUT === 'plain')
    return plainLayout({
      index: index ?? 'strata-profiles',
      idField: config.ELASTIC_ID_FIELD,
      segmentsField,
    });
  return tracardiLayout({
    index: index ?? tracardiAlias(tracardiInstallationOf(config), 'profile'),
    segmentsField,
  });
}

export function tracardiInstallationOf(config: Config): TracardiInstallation {
  return { production: config.PRODUCTION, tenant: config.TENANT_NAME, version: config.TRACARDI_VERSION };
}
