import type { Readable } from 'node:stream';
import type { Explanation } from '../domain/condition/explain.ts';
import type { MembershipChange, RunRecord } from '../domain/run.ts';

/** What `strata segments` shows of one definition. Instants are ISO strings. */
export interface SegmentSummary {
  readonly id: string;
  readonly name: string | null;
  readonly kind: 'live' | 'static' | 'dynamic' | 'proxy';
  readonly enabled: boolean;
  /** null for kinds that are defined, but not scheduled by this version. */
  readonly schedule: string | null;
  readonly members: number | null;
  readonly lastRun: string | null;
  readonly nextRun: string | null;
}

export interface ExplainedSegment {
  readonly id: string;
  readonly profileId: string;
  readonly slot: string;
  /** Whether the profile carries the segment's value now, whatever the condition says. */
  readonly member: boolean;
  /** One tree per condition of the definition, named by where it stands (`condition`, `steps.0.when`). */
  readonly conditions: readonly { readonly where: string; readonly explanation: Explanation }[];
}

export interface Membership {
  readonly member: boolean | 'unknown';
  readonly asOf: string | null;
  readonly run: string | null;
  readonly source: 'profile';
}

export interface ImportedTransactions {
  readonly orders: number;
  readonly profiles: number;
  readonly newProfiles: number;
  readonly badRows: number;
  readonly samples: readonly { readonly line: number; readonly reason: string; readonly text: string }[];
  readonly alreadyImported: boolean;
}

/** Reads of a Strata installation: in the process that owns the stores, or over HTTP from another one. */
export interface Operations {
  segments(): Promise<readonly SegmentSummary[]>;
  members(
    id: string,
    options: { readonly after?: string; readonly limit: number },
  ): Promise<readonly string[]>;
  contains(id: string, profileId: string): Promise<Membership>;
  runs(options: { readonly limit: number }): Promise<readonly RunRecord[]>;
  run(runId: string): Promise<RunRecord>;
  changes(
    id: string,
    options: { readonly run?: string; readonly limit: number },
  ): Promise<readonly MembershipChange[]>;
  explain(id: string, profileId: string, options: { readonly slot: string }): Promise<ExplainedSegment>;
}

export type TransactionImport = (source: {
  readonly stream: Readable;
  /** Column names of a headerless, blank-separated file. */
  readonly columns?: readonly string[];
}) => Promise<ImportedTransactions>;
