/** Condition segments share a bracketed scan; workflow segments are scanned apart (DESIGN section 5.5). */
export type ScanKind = 'conditions' | 'workflows';

/** `write` changes membership; `count` only says what would change; `audit` checks the brackets. */
export type RunMode = 'write' | 'count' | 'audit';

/** The group of the runs that take away or move what retired segments left behind; no recurrence has this name. */
export const RETIRED_GROUP = 'retired';

export type RunState =
  'running' | 'completed' | 'completed with exceptions' | 'failed' | 'cancelled' | 'held' | 'superseded';

/** One segment's share of a run. */
export interface SegmentNumbers {
  readonly id: string;
  /** Members after the run; for a workflow segment, profiles that carry any of its values. */
  readonly members: number;
  readonly entered: number;
  readonly left: number;
  /** Profiles set aside by the scan that computes the segment, whatever the reason: each counts for all its segments. */
  readonly errors: number;
  /** Ordered tests across types met among the candidates (CONDITIONS.md rule 3). */
  readonly mismatches: number;
}

/** What one batch found out, kept in the ledger so that no per-segment list enters a history. */
export interface BatchTally {
  readonly passed: number;
  readonly evaluated: number;
  readonly changed: number;
  readonly conflicts: number;
  readonly setAside: number;
  /** Profiles met again that this run had already changed: the repeated work of a crash or retry. */
  readonly replayed: number;
  /** Changes the brackets would have missed; only an audit counts it. */
  readonly drift: number;
  /** Values that another writer had undone, restored without being logged a second time. */
  readonly reverted: number;
  readonly superseded: readonly string[];
  /** By segment id; only what is not zero. */
  readonly segments: Readonly<Record<string, SegmentTally>>;
  /** Some of the changes a `count` run would make; empty otherwise. */
  readonly sample: readonly SampleChange[];
}

export interface SampleChange {
  readonly id: string;
  readonly entered: readonly string[];
  readonly left: readonly string[];
  /** Ids of the segments whose doing it is. */
  readonly segments: readonly string[];
}

export interface SegmentTally {
  readonly entered: number;
  readonly left: number;
  readonly errors: number;
  readonly mismatches: number;
}

export interface BatchRecord {
  readonly batch: number;
  readonly scan: ScanKind;
  readonly range: string;
  readonly state: 'pending' | 'done' | 'failed';
  readonly failure: string | null;
  readonly tally: BatchTally | null;
}

export interface LeftOut {
  readonly id: string;
  readonly reason: string;
}

/** A run as the ledger keeps it. Instants are ISO strings. */
export interface RunRecord {
  readonly runId: string;
  readonly workflowId: string;
  readonly group: string;
  readonly slot: string;
  readonly mode: RunMode;
  readonly force: boolean;
  readonly definitions: string;
  readonly segmentIds: readonly string[];
  readonly leftOut: readonly LeftOut[];
  readonly state: RunState;
  readonly reason: string | null;
  readonly startedAt: string;
  readonly endedAt: string | null;
  readonly profiles: number;
  readonly batches: number;
  readonly failedBatches: number;
  readonly totals: Omit<BatchTally, 'segments' | 'superseded' | 'sample'> | null;
  /** Segments for which a newer slot began, before the run or in its middle. */
  readonly superseded: readonly string[];
  /** The newest of those slots; null where there is none. */
  readonly supersededBy: string | null;
  readonly segments: readonly SegmentNumbers[];
  /** What a `count` run would change, some of it. */
  readonly sample: readonly SampleChange[];
}

/** What the record of a run says of its end before it has one. */
export const RUNNING_SO_FAR = {
  state: 'running',
  reason: null,
  endedAt: null,
  failedBatches: 0,
  totals: null,
  superseded: [],
  supersededBy: null,
  segments: [],
  sample: [],
} as const satisfies Partial<RunRecord>;

/** One line of the membership log. */
export interface MembershipChange {
  readonly runId: string;
  readonly slot: string;
  readonly profileId: string;
  readonly value: string;
  readonly change: 'entered' | 'left';
  readonly at: string;
  /** Where the log goes on after this line. */
  readonly cursor: string;
}
