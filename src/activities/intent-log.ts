import type { ScanKind } from '../domain/run.ts';
import type { WriteRequest } from './profile-store.ts';

/** What a profile says about the last run that wrote it, read with the profile. */
export interface RunStamp {
  readonly runId: string;
  /** The scans of that run that have written this profile. */
  readonly scans: readonly ScanKind[];
}

/** A change that a store is about to write, kept before the write because the two share no transaction. */
export interface WriteIntent {
  readonly id: string;
  /** The store's version that the change starts from; at most 1,000 bytes. */
  readonly version: string;
  readonly entered: readonly string[];
  readonly left: readonly string[];
  /** The stamp seen when the profile was read: proof that the write it names has happened. */
  readonly stamp: RunStamp | null;
}

/** What a store is asked to write, told by intents. */
export interface IntentRequest extends Omit<WriteRequest, 'changes'> {
  readonly intents: readonly WriteIntent[];
}

/** How many values of a profile another writer had undone, so that the change restores them. */
export interface RevertedProfile {
  readonly id: string;
  readonly values: number;
}

export type IntentOutcome =
  | {
      readonly kind: 'open';
      /** Profiles with values to restore; those are written and counted, and not logged a second time. */
      readonly reverted: readonly RevertedProfile[];
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
   * Fence and intents in one transaction; the ids of one request are distinct. One intent per (run, scan,
   * profile): opening it again replaces an open one and leaves an applied one as it is.
   *
   * An open intent that a stamp names, of whatever run, is applied first. Without that proof it stays for its
   * own run to settle: its write may be under way, and then this one's will conflict.
   *
   * A value entered (left) again although the log's last word on it for this profile is `entered` (`left`) was
   * undone by another writer: it is reverted, and no part of the log line.
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
