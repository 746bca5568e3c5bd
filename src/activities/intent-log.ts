import type { ScanKind } from '../domain/run.ts';

/** What a profile says about the last run that wrote it, read with the profile. */
export interface RunStamp {
  readonly runId: string;
  /** The scans of that run that have written this profile. */
  readonly scans: readonly ScanKind[];
}

/** A change that a store is about to write, kept before the write because the two share no transaction. */
export interface WriteIntent {
  readonly id: string;
  /** The store's version that the change starts from. */
  readonly version: string;
  readonly entered: readonly string[];
  readonly left: readonly string[];
  /** The stamp seen when the profile was read: decides an intent that an older run left open on it. */
  readonly stamp: RunStamp | null;
}

export interface IntentRequest {
  readonly runId: string;
  readonly scan: ScanKind;
  readonly batch: number;
  /** The segments whose changes these are, each fenced by its newest slot. */
  readonly segments: readonly string[];
  readonly slot: string;
  readonly force: boolean;
  readonly intents: readonly WriteIntent[];
}

export type IntentOutcome =
  | {
      readonly kind: 'open';
      /**
       * Values entered again although the log's last word on them is `entered`: another writer had undone
       * them. They are written to the profile, counted, and not logged a second time.
       */
      readonly reverted: number;
    }
  /** A newer slot of these segments has begun; no intent was recorded. */
  | { readonly kind: 'superseded'; readonly segments: readonly string[] };

/** An intent whose write was neither confirmed nor refused. */
export interface OpenIntent {
  readonly id: string;
  readonly scan: ScanKind;
  readonly batch: number;
  readonly version: string;
}

/**
 * The membership log of a store that cannot share a transaction with the ledger (DESIGN section 5.6): intents
 * are opened before a write and settled after it; the applied ones are the log.
 */
export interface IntentLog {
  /**
   * Fence and intents in one transaction. One intent per (run, scan, profile): opening it again replaces an
   * open one and leaves an applied one as it is. An open intent of another run on the same profile is settled
   * first: applied if that run's stamp was seen on the profile, else dropped.
   */
  openIntents(request: IntentRequest): Promise<IntentOutcome>;
  /** Of the whole run, or of one batch. */
  readOpenIntents(runId: string, batch?: number): Promise<readonly OpenIntent[]>;
  /** Applied intents become log lines, dropped ones are forgotten; ids without an open intent change nothing. */
  settleIntents(
    runId: string,
    scan: ScanKind,
    outcome: { readonly applied: readonly string[]; readonly dropped: readonly string[] },
  ): Promise<void>;
}
