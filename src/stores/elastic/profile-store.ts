import type { Client } from '@elastic/elasticsearch';
import type { IntentLog } from '../../activities/intent-log.ts';
import type { ProfileStore } from '../../activities/profile-store.ts';
import type { DateFields } from '../../domain/condition/fields.ts';
import { UserError } from '../../domain/errors.ts';
import { withBackoff } from './backoff.ts';
import { createBulk } from './bulk.ts';
import { membershipOf, toDocument, valueAt, type Found } from './hits.ts';
import { readIndexState, type IndexState } from './index-state.ts';
import { claimIndices, openIndices } from './indices.ts';
import type { Layout } from './layout.ts';
import { findPlaces, getDocuments } from './locate.ts';
import { countMembers, readMembers } from './members.ts';
import { fromRangeText } from './ranges.ts';
import { isRecord } from './records.ts';
import { createScan } from './scan.ts';
import { settleWrites, writeChanges } from './write-changes.ts';

export interface ElasticOptions {
  readonly client: Client;
  readonly layout: Layout;
  readonly intents: IntentLog;
  readonly dateFields: DateFields;
  readonly environment: string;
  readonly shards: number;
  readonly replicas: number;
  readonly now: () => Date;
}

export interface ElasticProfileStore extends ProfileStore {
  /** Whether Strata has ever written these indices, or created them. */
  isClaimed(): Promise<boolean>;
  /** Lets Strata write them. */
  claim(): Promise<void>;
}

/** Profiles in Elasticsearch; makes the index where the layout allows it. The caller closes the client. */
export async function openProfileStore(options: ElasticOptions): Promise<ElasticProfileStore> {
  const { client, layout, intents, environment, now } = options;
  await openIndices(client, layout, { ...options, datePatterns: options.dateFields.patterns });
  const send = createBulk(client);
  const parts = { client, layout, intents, send, now };
  let hasWritten = false;

  const readState = async (): Promise<IndexState> => {
    const state = await readIndexState(client, layout);
    if (state === null) throw new UserError(`The index "${layout.index}" is gone.`);
    return state;
  };

  const claim = async (): Promise<void> => claimIndices(client, layout, await readState(), environment);

  /** What this process has written is seen by its own reads; a refresh with nothing to do costs nothing. */
  const refreshOwn = async (): Promise<void> => {
    if (!hasWritten) return;
    hasWritten = false;
    await withBackoff(() => client.indices.refresh({ index: layout.index }));
  };

  return {
    isClaimed: async () => (await readState()).environment !== null,
    claim,
    openScan: (request) =>
      createScan({ client, layout, readState, compilerFor: () => () => UNBOUNDED }, request),
    writeChanges: async (request) => {
      hasWritten = true;
      return writeChanges(parts, request);
    },
    settleWrites: (runId, batch) => settleWrites(parts, runId, batch),
    releaseRanges: (ranges) => closePointsInTime(client, ranges),
    countMembers: async (valueSets) => {
      await refreshOwn();
      return countMembers(client, { layout, state: await readState() }, valueSets);
    },
    readMembers: async (values, given) => {
      await refreshOwn();
      return readMembers(client, { layout, state: await readState() }, values, given);
    },
    readProfile: async (id) => readProfile(client, { layout, state: await readState() }, id),
    countProfiles: async () => {
      const { count } = await withBackoff(() => client.count({ index: layout.index }));
      return count;
    },
  };
}

const UNBOUNDED = {
  upper: { match_all: {} },
  lower: { match_none: {} },
  reach: 'full',
  reasons: [],
} as const;

async function readProfile(
  client: Client,
  { layout, state }: { readonly layout: Layout; readonly state: IndexState },
  id: string,
): Promise<Awaited<ReturnType<ProfileStore['readProfile']>>> {
  const places = await findPlaces(client, layout, [id]);
  const [found] = newestFirst(await getDocuments(client, places, null));
  if (found === undefined || !isRecord(found.source)) return null;
  // A membership of the wrong shape is shown as it stands.
  const segments = membershipOf(found.source, layout.segmentsField);
  const document = toDocument({ layout, isOurLayout: state.isOurLayout }, found.source, segments ?? []);
  return segments === null
    ? { document: { ...document, [layout.segmentsField]: found.source[layout.segmentsField] }, segments: [] }
    : { document, segments };
}

/** Of an id that lives in two indices, the copy that was updated last decides. */
function newestFirst(found: readonly Found[]): readonly Found[] {
  const updatedAt = ({ source }: Found): number => {
    const value = isRecord(source) ? valueAt(source, ['metadata', 'time', 'update']) : undefined;
    return typeof value === 'string' ? Date.parse(value) || 0 : 0;
  };
  return found.toSorted((a, b) => updatedAt(b) - updatedAt(a));
}

/** Points in time hold on to old segments of the index until they expire. */
async function closePointsInTime(client: Client, ranges: readonly string[]): Promise<void> {
  const pits = new Set(
    ranges.map(fromRangeText).flatMap((range) => (range.kind === 'slice' ? [range.pit] : [])),
  );
  for (const id of pits) await client.closePointInTime({ id }, { ignore: [404] });
}
