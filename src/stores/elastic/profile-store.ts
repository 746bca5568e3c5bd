import type { Client } from '@elastic/elasticsearch';
import type { IntentLog } from '../../activities/intent-log.ts';
import type { ProfileStore } from '../../activities/profile-store.ts';
import type { DateFields } from '../../domain/condition/fields.ts';
import { UserError } from '../../domain/errors.ts';
import { withBackoff } from './backoff.ts';
import { createBulk } from './bulk.ts';
import { readIndexState, type IndexState } from './index-state.ts';
import { openIndices, type OpenedIndices } from './indices.ts';
import type { Layout } from './layout.ts';
import { countMembers, readMembers } from './members.ts';
import { createPreparation } from './prepare.ts';
import { putProfiles } from './put-profiles.ts';
import { fromRangeText } from './ranges.ts';
import { readProfile } from './read-profile.ts';
import { explainCost } from './scan-cost.ts';
import { createScan } from './scan.ts';
import { isAtLeast } from './server-check.ts';
import { createStoreQueries } from './store-queries.ts';
import { settleWrites, writeChanges } from './write-changes.ts';

export interface ElasticOptions {
  readonly client: Client;
  /** Of the oldest node. */
  readonly version: string;
  readonly layout: Layout;
  readonly intents: IntentLog;
  readonly dateFields: DateFields;
  /** Every writer keeps to the mapping, so an index tells more of its documents. */
  readonly plainDocuments: boolean;
  readonly indices: OpenedIndices;
  readonly now: () => Date;
}

export interface ElasticProfileStore extends ProfileStore {
  /** Writes generated documents into an index of our own layout. */
  putProfiles(documents: AsyncIterable<unknown> | Iterable<unknown>): Promise<void>;
}

/** Profiles in Elasticsearch; makes the index where the layout allows it. The caller closes the client. */
export async function openProfileStore(options: ElasticOptions): Promise<ElasticProfileStore> {
  const { client, layout, intents, indices, now } = options;
  const { valueLimit } = await openIndices(client, layout, indices);
  const { readState, refresh } = createReads(client, layout);
  const prepare = createPreparation(client, { layout, readState, environment: indices.environment });
  const parts = { client, layout, intents, send: createBulk(client), now };
  const evaluation = {
    layout,
    canSlice: isAtLeast(options.version, 7, 15),
    plainDocuments: options.plainDocuments,
    dateFields: options.dateFields,
  };
  let hasWritten = false;

  /** What this process has written is seen by its own reads; a refresh with nothing to do costs nothing. */
  const readFresh = async (): Promise<IndexState> => {
    if (hasWritten) await refresh();
    hasWritten = false;
    return readState();
  };

  return {
    forms: { queries: true, valueLimit },
    queries: createStoreQueries(client, layout),
    openScan: (request) => createScan({ ...evaluation, client, readState }, request),
    explainCost: (request) => explainCost({ ...evaluation, client, readState }, request),
    writeChanges: async (request) => {
      await prepare(request);
      hasWritten = true;
      return writeChanges(parts, request);
    },
    settleWrites: async (runId, batch) => {
      await settleWrites(parts, runId, batch);
      // The end of a run: what is read now has to show what other processes have written for it.
      if (batch === undefined) hasWritten = true;
    },
    releaseRanges: (ranges) => closePointsInTime(client, ranges),
    countMembers: async (sets) => countMembers(client, { layout, state: await readFresh() }, sets),
    readMembers: async (values, given) =>
      readMembers(client, { layout, state: await readFresh() }, values, given),
    readProfile: async (id) => readProfile(client, { layout, state: await readState() }, id),
    countProfiles: async () => (await withBackoff(() => client.count({ index: layout.index }))).count,
    putProfiles: async (documents) => {
      hasWritten = true;
      return putProfiles(client, { layout, state: await readState() }, documents);
    },
  };
}

function createReads(client: Client, layout: Layout) {
  return {
    readState: async (): Promise<IndexState> => {
      const state = await withBackoff(() => readIndexState(client, layout));
      if (state === null) throw new UserError(`The index "${layout.index}" is gone.`);
      return state;
    },
    refresh: () => withBackoff(() => client.indices.refresh({ index: layout.index })),
  };
}

/** Points in time hold on to old segments of the index until they expire. */
async function closePointsInTime(client: Client, ranges: readonly string[]): Promise<void> {
  const pits = new Set(
    ranges.map(fromRangeText).flatMap((range) => (range.kind === 'slice' ? [range.pit] : [])),
  );
  for (const id of pits) await client.closePointInTime({ id }, { ignore: [404] });
}
