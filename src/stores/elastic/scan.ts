import type { Client } from '@elastic/elasticsearch';
import type { ProfileScan, ScanRequest } from '../../activities/profile-store.ts';
import type { KnownProfile, StoredProfile } from '../../domain/profile.ts';
import type { DateFields } from '../../domain/condition/fields.ts';
import type { IndexFields } from './brackets/index-fields.ts';
import { readIndexFields } from './brackets/read-index-fields.ts';
import { compileCandidates } from './candidates.ts';
import { findOlderCopies } from './copies.ts';
import { readHit, withheldKeys } from './hits.ts';
import type { IndexState } from './index-state.ts';
import type { Layout } from './layout.ts';
import { getDocuments } from './locate.ts';
import { createPageReader, type PageReaderParts } from './page-reader.ts';
import { planRanges } from './scan-plan.ts';
import { refresh, searchPlaces } from './search-places.ts';
import { versionOf } from './version.ts';
import { allowsExpensive } from './expensive-queries.ts';
import { sourceFieldsOf } from './source-fields.ts';

export interface ScanParts {
  readonly client: Client;
  readonly layout: Layout;
  readonly readState: () => Promise<IndexState>;
  /** Every writer keeps to the mapping, so an index tells more of its documents. */
  readonly plainDocuments: boolean;
  readonly dateFields: DateFields;
  /** Servers before 7.15 cannot slice a point in time. */
  readonly canSlice: boolean;
}

/** One pass; the mapping is read and the brackets are compiled when it is first used. */
export function createScan(parts: ScanParts, request: ScanRequest): ProfileScan {
  const { client, layout } = parts;
  let opened: Promise<OpenScan> | undefined;
  const open = (): Promise<OpenScan> => (opened ??= openScan(parts, request));

  /**
   * Queries are answered by searches alone, which see a conflicting write after a refresh. Document, version and
   * verdict then are of one state; a write that comes later conflicts again. At once for each page that has
   * conflicts, not at the end of the batch: the cursor of the next heartbeat is past these profiles, and an attempt
   * that goes on from there would never meet what still waits.
   */
  async function readProfiles(known: readonly KnownProfile[]): Promise<readonly StoredProfile[]> {
    const { reader, queries, fields } = await open();
    if (queries.length > 0) await refresh(client, layout);
    const places = known.map((profile) => versionOf(profile).location);
    const documents =
      queries.length > 0
        ? await searchPlaces({ client, layout, queries, fields }, places)
        : await getDocuments(client, places, fields);
    const met = documents.map((found) => readHit(reader, found));
    return met.flatMap((each) => (each.kind === 'profile' ? [each.profile] : []));
  }

  return {
    plan: async (options) => {
      const { state, candidates } = await open();
      return planRanges({ client, layout, state, candidates, canSlice: parts.canSlice }, options);
    },
    readPage: async (range, after) => {
      const { readPage } = await open();
      return readPage(range, after);
    },
    readProfiles,
    olderCopies: async (profiles) => {
      const { state } = await open();
      return state.shapes.length > 1 ? findOlderCopies(client, layout, profiles) : [];
    },
  };
}

interface OpenScan extends Pick<PageReaderParts, 'reader' | 'candidates' | 'queries' | 'fields'> {
  readonly state: IndexState;
  readonly readPage: ReturnType<typeof createPageReader>;
}

async function openScan(given: ScanParts, request: ScanRequest): Promise<OpenScan> {
  const { client, layout, dateFields } = given;
  const state = await given.readState();
  const { runId, scan, now, reach } = request;
  const candidates = compileCandidates(request, {
    fields: await readFields(given, state),
    evaluation: { now, dateFields },
    stampField: state.stampField,
  });
  const parts = {
    client,
    layout,
    reader: { layout, withheld: withheldKeys({ layout, isOurLayout: state.isOurLayout }), runId, scan },
    candidates,
    queries: reach.kind === 'bracketed' || reach.kind === 'audit' ? (reach.queries ?? []) : [],
    isAudit: reach.kind === 'audit',
    fields: sourceFieldsOf(request, layout, state),
  };
  return { ...parts, state, readPage: createPageReader(parts) };
}

/** What the indices tell of the documents that evaluation sees, and the cluster lets us ask. */
export async function readFields(
  { client, layout, plainDocuments }: Pick<ScanParts, 'client' | 'layout' | 'plainDocuments'>,
  { shapes, isOurLayout }: IndexState,
): Promise<IndexFields> {
  return readIndexFields(shapes, {
    plainDocuments,
    allowsExpensive: await allowsExpensive(client),
    segmentsField: layout.segmentsField,
    withheld: withheldKeys({ layout, isOurLayout }),
  });
}
