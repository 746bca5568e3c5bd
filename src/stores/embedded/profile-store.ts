import type { WriteOutcome, WriteRequest } from '../../activities/profile-store.ts';
import type { DateFields } from '../../domain/condition/fields.ts';
import type { ScanKind } from '../../domain/run.ts';
import { compileCandidates, type Reach } from './candidate-query.ts';
import type { CustomerProfiles } from './customer-profiles.ts';
import type { Database } from './database.ts';
import { loadProfiles, mergeProfiles, readDocuments, type LoadOutcome } from './load-profiles.ts';
import { countMembers, readMembers, type MembersOptions } from './members.ts';
import { isRecord } from './profile-rows.ts';
import { createProfileScan, type EmbeddedScan } from './profile-scan.ts';
import { selectRow } from './rows.ts';
import { writeChanges } from './write-changes.ts';
import { UserError } from '../../domain/errors.ts';

export interface ProfileStoreOptions {
  readonly dateFields: DateFields;
  /** The document's field that holds the membership. */
  readonly segmentsField: string;
}

export interface ScanRequest {
  readonly runId: string;
  readonly scan: ScanKind;
  readonly now: number;
  readonly reach: Reach;
}

export interface ReadProfile {
  readonly document: Readonly<Record<string, unknown>>;
  readonly segments: readonly string[];
}

/** Profiles in the embedded database; the port of the activities, and what loads profiles into it. */
export interface EmbeddedProfileStore extends CustomerProfiles {
  readonly forms: { readonly queries: false; readonly valueLimit: null };
  readonly queries: null;
  openScan(request: ScanRequest): EmbeddedScan;
  writeChanges(request: WriteRequest): Promise<WriteOutcome>;
  settleWrites(): Promise<void>;
  releaseRanges(): Promise<void>;
  countMembers(valueSets: readonly (readonly string[])[]): Promise<readonly number[]>;
  readMembers(values: readonly string[], options: MembersOptions): Promise<readonly string[]>;
  readProfile(id: string): Promise<ReadProfile | null>;
  countProfiles(): Promise<number>;
  upsertProfiles(documents: AsyncIterable<unknown> | Iterable<unknown>): Promise<LoadOutcome>;
  /** One profile, as another writer would put it; a document that cannot be kept is a UserError. */
  putProfile(document: Readonly<Record<string, unknown>>): Promise<void>;
}

export function createProfileStore(
  database: Database,
  { segmentsField, dateFields }: ProfileStoreOptions,
): EmbeddedProfileStore {
  const { values } = database;
  function openScan({ runId, scan, now, reach }: ScanRequest): EmbeddedScan {
    const query = compileCandidates(reach, { now, segmentsField, dateFields, values });
    return createProfileScan(database, { runId, scan, query, segmentsField });
  }

  async function readProfile(id: string): Promise<ReadProfile | null> {
    const found = await database.read((connection) => readDocuments(connection, [id]));
    const profile = found.get(id);
    if (profile === undefined) return null;
    const segments = values.decode(profile.segments);
    const document: unknown = JSON.parse(profile.document);
    // A membership of the wrong shape is shown as it stands.
    return { document: isRecord(document) ? { [segmentsField]: segments, ...document } : {}, segments };
  }

  async function countProfiles(): Promise<number> {
    const [count] = await database.read((connection) =>
      selectRow(connection, 'SELECT count(*) FROM profiles'),
    );
    return Number(count);
  }

  async function putProfile(document: Readonly<Record<string, unknown>>): Promise<void> {
    const { refusals } = await loadProfiles(database, [document], segmentsField);
    const [refusal] = refusals;
    if (refusal !== undefined) throw new UserError(`The profile cannot be kept: ${refusal.reason}.`);
  }

  return {
    openScan,
    writeChanges: (request) => writeChanges(database, request),
    settleWrites: async () => undefined,
    releaseRanges: async () => undefined,
    countMembers: (valueSets) => database.read((connection) => countMembers(connection, values, valueSets)),
    readMembers: (carried, options) =>
      database.read((connection) => readMembers(connection, values, carried, options)),
    readProfile,
    countProfiles,
    forms: { queries: false, valueLimit: null },
    queries: null,
    upsertProfiles: (documents) => loadProfiles(database, documents, segmentsField),
    putProfile,
    mergeProfiles: (connection, ids, merge) => mergeProfiles(connection, ids, merge, segmentsField),
  };
}
