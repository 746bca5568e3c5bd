import type { BatchRecord, BatchTally, MembershipChange, RunRecord, ScanKind } from '../domain/run.ts';
import type { SetAsideProfile } from '../domain/profile.ts';
import type { PublishedDefinition } from '../domain/published-set.ts';

export interface DefinitionSet {
  readonly hash: string;
  readonly author: string;
  readonly publishedAt: string;
  readonly definitions: readonly PublishedDefinition[];
}

/** A segment that a person keeps from being computed. */
export interface PausedSegment {
  readonly segmentId: string;
  readonly reason: string;
  readonly pausedAt: string;
}

/** What a run's end decides; everything else of its record is known when it begins. */
type Outcome =
  | 'state'
  | 'reason'
  | 'endedAt'
  | 'failedBatches'
  | 'totals'
  | 'superseded'
  | 'supersededBy'
  | 'segments'
  | 'sample';
export type NewRun = Omit<RunRecord, Outcome>;

export interface PlannedBatch {
  readonly scan: ScanKind;
  readonly range: string;
}

export type BatchOutcome =
  | { readonly state: 'done'; readonly tally: BatchTally }
  | { readonly state: 'failed'; readonly failure: string };

/** Members of a value that one run made and unmade. */
export interface ValueChanges {
  readonly value: string;
  readonly entered: number;
  readonly left: number;
}

export interface ChangesQuery {
  readonly values: readonly string[];
  readonly runId?: string;
  /** The cursor of a line: only those behind it. */
  readonly after?: string;
  readonly limit: number;
}

/** A static segment fires once for each time it is defined for. */
export interface Firing {
  readonly segmentId: string;
  readonly at: string;
  readonly runId: string;
}

export type FinishedRun = Pick<RunRecord, 'runId' | Exclude<Outcome, 'endedAt'>> & {
  readonly endedAt: string;
};

/** The system of record: definitions, runs, batches, the membership log and the slot fence. */
export interface Ledger {
  /** Keeps the set under its hash and makes it the current one; the same set again changes nothing. */
  publishDefinitions(set: DefinitionSet): Promise<void>;
  /** `null` reads the current set; answers null when nothing was published or the hash is unknown. */
  readDefinitions(hash: string | null): Promise<DefinitionSet | null>;

  /**
   * Records the run with its batches and moves the slot fence of its segments forward (mode `write` only).
   * Idempotent by run id: a second call changes nothing and answers the same. Answers the segments whose
   * fence already stands at a newer slot. A forced run takes a fence that stands in the future, later than its own
   * start, back to its slot.
   */
  beginRun(run: NewRun, batches: readonly PlannedBatch[]): Promise<readonly string[]>;
  /** Those of the segments for which a slot newer than this one has begun; nothing is written for them any more. */
  readOvertaken(segmentIds: readonly string[], slot: string): Promise<readonly string[]>;
  /** The newest slot that has begun for any of the segments; null where none has. */
  readNewestSlot(segmentIds: readonly string[]): Promise<string | null>;
  readBatch(runId: string, batch: number): Promise<BatchRecord | null>;
  /** Keeps a batch's outcome; a later outcome of the same batch replaces it, but what is done stays done. */
  finishBatch(runId: string, batch: number, outcome: BatchOutcome): Promise<void>;
  readBatches(runId: string): Promise<readonly BatchRecord[]>;
  finishRun(run: FinishedRun): Promise<void>;
  readRun(runId: string): Promise<RunRecord | null>;
  /** Newest first. */
  readRuns(options: { readonly limit: number }): Promise<readonly RunRecord[]>;
  /** Those without an end, oldest first. */
  readOpenRuns(): Promise<readonly RunRecord[]>;

  /** Keyed by (run, profile): a repeated page adds nothing. */
  recordSetAside(runId: string, profiles: readonly SetAsideProfile[]): Promise<void>;
  readSetAside(runId: string, limit: number): Promise<readonly SetAsideProfile[]>;

  /** Entered and left by value, from the membership log: exact however often a batch was repeated. */
  countChanges(runId: string): Promise<readonly ValueChanges[]>;
  /** Lines of the membership log of this run, one per scan and profile that it has written. */
  countWritten(runId: string): Promise<number>;
  /**
   * The membership log of these values, newest run first, then by profile id. A line keeps its place, so what is
   * logged between two pages moves none of the older lines. Throws a UserError for what is no cursor.
   */
  readChanges(query: ChangesQuery): Promise<readonly MembershipChange[]>;

  /** Pausing a paused segment again replaces its reason and time. */
  pauseSegment(pause: PausedSegment): Promise<void>;
  /** False when it was not paused. */
  resumeSegment(segmentId: string): Promise<boolean>;
  /** By segment id. */
  readPausedSegments(): Promise<readonly PausedSegment[]>;

  /** True for the first caller of (segment, at), and for the same run asking again; false for any other. */
  claimFiring(firing: Firing): Promise<boolean>;
}
