import type { Readable } from 'node:stream';
import type { Explanation } from '../domain/condition/explain.ts';
import type { ConditionPlan } from '../domain/condition/plan.ts';
import type { DefinitionSource } from '../domain/definition.ts';
import type { ExplainedGraph } from '../domain/flow/explain-graph.ts';
import type { Retirement } from '../domain/published-set.ts';
import type { MembershipChange, RunRecord } from '../domain/run.ts';

/** How many rows a list answers at the most. */
export const MAX_ROWS = 10_000;

/** What `strata segments` shows of one definition. Instants are ISO strings. */
export interface SegmentSummary {
  readonly id: string;
  readonly name: string | null;
  readonly kind: 'live' | 'static' | 'dynamic' | 'proxy';
  /** Who applied it; null where that was done without an owner. */
  readonly owner: string | null;
  readonly enabled: boolean;
  /** Somebody keeps it from being computed. */
  readonly paused: Pause | null;
  /** Why a segment that no definition computes is still listed: its members stay. */
  readonly retired: Retirement | null;
  /** null for what is not scheduled: kinds of a later version, disabled and retired segments. */
  readonly schedule: string | null;
  /** Of its schedule, as in the run ids `live/every-1h/…`; null where `schedule` is. */
  readonly group: string | null;
  /** The note of whoever paused that schedule in Temporal; null while it runs, and where Temporal is not asked. */
  readonly schedulePaused: string | null;
  readonly members: number | null;
  readonly lastRun: string | null;
  /** null for what is paused, itself or its schedule. */
  readonly nextRun: string | null;
}

export interface Pause {
  readonly reason: string;
  readonly since: string;
}

export interface ExplainedSegment {
  readonly id: string;
  readonly profileId: string;
  readonly slot: string;
  /** Whether the profile carries the segment's value now, whatever the condition says. */
  readonly member: boolean;
  /** Its conditions or nodes ask for membership of it: here as it is now, in a run as it is before that run. */
  readonly readsOwnMembership: boolean;
  /** It gives its value and never takes it away: a member need not match. */
  readonly onlyAdds: boolean;
  /** One tree per condition of the definition, named by where it stands (`condition`, `steps.0.when`). */
  readonly conditions: readonly { readonly where: string; readonly explanation: Explanation }[];
  /** What the nodes of a flow do with the profile as it is now; null for a segment that is no flow. */
  readonly flow: ExplainedGraph | null;
  /** Whether the profile matches a query segment's query now; null for another one. A query has no tree. */
  readonly query: { readonly text: string; readonly matches: boolean } | null;
}

/** What a run of one segment costs at a slot. */
export interface ExplainedPlan {
  readonly id: string;
  readonly slot: string;
  readonly profiles: number;
  /** Profiles that the run would evaluate. */
  readonly candidates: number;
  /** The segment's condition or query, or what a workflow or flow lets through. */
  readonly conditions: readonly (ConditionPlan & { readonly where: 'condition' | 'query' | 'filter' })[];
}

export interface Membership {
  readonly member: boolean | 'unknown';
  readonly asOf: string | null;
  readonly run: string | null;
  readonly source: 'profile';
}

/** Lines of the membership log, newest run first. */
export interface ChangesPage {
  readonly changes: readonly MembershipChange[];
  /** The `after` of the next page; null where the log ends. */
  readonly next: string | null;
}

export interface ImportedTransactions {
  readonly orders: number;
  readonly profiles: number;
  readonly newProfiles: number;
  readonly badRows: number;
  readonly samples: readonly { readonly line: number; readonly reason: string; readonly text: string }[];
  readonly alreadyImported: boolean;
}

/** Reads of a Strata installation, and pauses of its segments: in the process that owns the stores, or over HTTP from another one. */
export interface Operations {
  segments(): Promise<readonly SegmentSummary[]>;
  members(
    id: string,
    options: { readonly after?: string; readonly limit: number },
  ): Promise<readonly string[]>;
  contains(id: string, profileId: string): Promise<Membership>;
  runs(options: { readonly limit: number }): Promise<readonly RunRecord[]>;
  run(runId: string): Promise<RunRecord>;
  /** By segment, or by value where no definition has the id: the log outlives the definitions. */
  changes(
    id: string,
    options: { readonly run?: string; readonly after?: string; readonly limit: number },
  ): Promise<ChangesPage>;
  /**
   * Throws what would keep a run of these segments, null for all, from being planned: nothing is published, no such
   * definition, or a pause. Answers the segments it would compute.
   */
  assertRunnable(segmentIds: readonly string[] | null): Promise<{ readonly segmentIds: readonly string[] }>;
  /** Computes the segment no more, from the next run on; its members stay. */
  pauseSegment(id: string, options: { readonly reason: string }): Promise<Pause>;
  /** `wasPaused` is false where there was nothing to resume. */
  resumeSegment(id: string): Promise<{ readonly wasPaused: boolean }>;
  explain(id: string, profileId: string, options: { readonly slot: string }): Promise<ExplainedSegment>;
  /** Throws a UserError on a profile store that cannot tell. */
  explainPlan(id: string): Promise<ExplainedPlan>;
  /** Of a definition that need not be published; an InvalidSegment where it does not load. */
  explainPlanOf(source: DefinitionSource): Promise<ExplainedPlan>;
}

export type TransactionImport = (source: {
  readonly stream: Readable;
  /** Column names of a headerless, blank-separated file. */
  readonly columns?: readonly string[];
}) => Promise<ImportedTransactions>;
