import type { Condition } from '../domain/condition/ast.ts';
import type { ConditionPlan } from '../domain/condition/plan.ts';
import type { StoreForms } from '../domain/store-forms.ts';
import type {
  KnownProfile,
  ProfileChange,
  ProfilePage,
  SetAsideProfile,
  StoredProfile,
} from '../domain/profile.ts';
import type { ScanKind } from '../domain/run.ts';

/** A condition segment as a store brackets it (DESIGN: `upper AND NOT in segment`, `in segment AND NOT lower`). */
export interface BracketRule {
  readonly value: string;
  readonly condition: Condition;
  readonly mode: 'sync' | 'add';
}

/** A query segment; the store's server decides it, and nobody else. */
export interface QueryRule {
  readonly value: string;
  readonly query: string;
  readonly mode: 'sync' | 'add';
}

export interface ScanRequest {
  readonly runId: string;
  readonly scan: ScanKind;
  /** The slot, epoch milliseconds: every `now` of a compiled bracket. */
  readonly now: number;
  /**
   * `bracketed`: only what `rules` cannot decide without the evaluator, and what enters or leaves by `queries`.
   * `all`: every profile.
   * `audit`: every profile, each marked whether the brackets would have offered it.
   */
  readonly reach:
    | {
        readonly kind: 'bracketed' | 'audit';
        readonly rules: readonly BracketRule[];
        /** Only for a store that has queries. */
        readonly queries?: readonly QueryRule[];
      }
    | { readonly kind: 'admitted'; readonly filters: readonly (Condition | null)[] }
    | { readonly kind: 'all' };
  /** What evaluation will read, where the reach does not tell; a store may leave out all else of the documents. */
  readonly reads?: readonly Condition[];
}

export interface RangePlan {
  /** Small values that only the store understands; together they cover every profile once. */
  readonly ranges: readonly string[];
  /** All profiles of the store, at plan time. */
  readonly profiles: number;
  /** Expected candidates, an estimate. */
  readonly candidates: number;
}

/** What a scan costs before it is run, for people. */
export interface ScanCost {
  /** All profiles of the store. */
  readonly profiles: number;
  /** Those that the scan evaluates, as far as the index has them now. */
  readonly candidates: number;
  /** One for each rule, then each query, or each filter of the reach. */
  readonly conditions: readonly ConditionPlan[];
}

/** One pass over ranges of the profile space, its brackets compiled once. */
export interface ProfileScan {
  /** `batchCandidates` says how many candidates a batch should hold, given how many are expected in all. */
  plan(options: {
    readonly batchCandidates: (expected: number) => number;
    readonly maxBatches: number;
  }): Promise<RangePlan>;
  /** Reads on from `after` (a page's `next`), or from the start of the range. */
  readPage(range: string, after: string | null): Promise<ProfilePage>;
  /** Reads profiles again as they are now, in any order; those that are gone are left out. */
  readProfiles(known: readonly KnownProfile[]): Promise<readonly StoredProfile[]>;
  /**
   * Of profiles about to change, those of which the store holds a newer copy, each with the reason. Only of a store
   * in which an id can live in several documents.
   */
  olderCopies?(profiles: readonly KnownProfile[]): Promise<readonly SetAsideProfile[]>;
}

export interface WriteRequest {
  readonly runId: string;
  readonly scan: ScanKind;
  readonly batch: number;
  /** The segments whose changes these are, each fenced by its newest slot. */
  readonly segments: readonly string[];
  readonly slot: string;
  readonly force: boolean;
  readonly changes: readonly ProfileChange[];
}

export type WriteOutcome =
  | {
      readonly kind: 'written';
      readonly written: number;
      readonly conflicts: readonly string[];
      /** Values of the written profiles that another writer had undone; restored, and not logged again. */
      readonly reverted: number;
      /** Profiles that the store will never take as changed; neither written nor logged. */
      readonly refused: readonly SetAsideProfile[];
    }
  /** A newer slot of these segments has begun; nothing at all was written. */
  | { readonly kind: 'superseded'; readonly segments: readonly string[] };

/** Queries in the language of the store's own server. */
export interface StoreQueries {
  /** Those of the queries that the server refuses on the profiles as they are mapped now, each with its reason. */
  refused(queries: readonly string[]): Promise<ReadonlyMap<string, string>>;
  /** Whether the profile matches now; a query that the server refuses is a UserError. */
  matches(query: string, id: string): Promise<boolean>;
}

/** Where profiles live. The embedded store and Elasticsearch pass the same contract suite. */
export interface ProfileStore {
  /** Which segments it takes, as far as they differ from store to store. */
  readonly forms: StoreForms;
  /** null where it has none. */
  readonly queries: StoreQueries | null;
  openScan(request: ScanRequest): ProfileScan;
  /** Of a store whose index says what it cannot decide; reads nothing but counts. */
  explainCost?(request: Pick<ScanRequest, 'now' | 'reach'>): Promise<ScanCost>;
  /**
   * Writes only profiles whose version still is the one read, and logs the change with it, exactly once
   * per (run, scan, profile). Conflicting ids come back and are neither written nor logged.
   */
  writeChanges(request: WriteRequest): Promise<WriteOutcome>;
  /**
   * Decides what earlier attempts of this run wrote without hearing the answer: it is in the log afterwards, or
   * forgotten. For one of its batches, which is about to be worked on again, only what is proven to be written is
   * decided. A store that writes and logs in one transaction has nothing to do.
   */
  settleWrites(runId: string, batch?: number): Promise<void>;
  /** Gives back what a plan's ranges hold in the store; they can still be read, at a cost. */
  releaseRanges(ranges: readonly string[]): Promise<void>;
  /** For each set of values, how many profiles carry any of them; one pass for all sets. */
  countMembers(valueSets: readonly (readonly string[])[]): Promise<readonly number[]>;
  /** Ids of profiles that carry any of the values, in ascending code-point order, `after` exclusive. */
  readMembers(
    values: readonly string[],
    options: { readonly after?: string; readonly limit: number },
  ): Promise<readonly string[]>;
  readProfile(id: string): Promise<{
    readonly document: Readonly<Record<string, unknown>>;
    readonly segments: readonly string[];
  } | null>;
  countProfiles(): Promise<number>;
}
