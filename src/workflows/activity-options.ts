import type { ActivityOptions } from '@temporalio/workflow';

/** Failures that no retry mends: the definition or the run record must change first. */
const FINAL = ['InvalidSegment', 'SegmentNotFound', 'UserError', 'RunNotFound'];

/**
 * Ledger reads and keyed writes: milliseconds, safe to repeat. Retried for as long as the run lives, because
 * a ledger that is away for an hour must not fail a run that has done its work.
 */
export const LEDGER: ActivityOptions = {
  startToCloseTimeout: '30 seconds',
  retry: { initialInterval: '500 ms', maximumInterval: '30 seconds', nonRetryableErrorTypes: FINAL },
};

/** A look that nothing waits for: a run that has done its work drops it, as is the SDK's own default. */
export const LOOK: ActivityOptions = { ...LEDGER, cancellationType: 'TRY_CANCEL' };

/**
 * Planning samples the whole store, finishing counts all members, publishing reads every definition there is.
 * All heartbeat, so that a lost worker is noticed in seconds.
 */
export const WHOLE_STORE: ActivityOptions = {
  ...LEDGER,
  startToCloseTimeout: '15 minutes',
  heartbeatTimeout: '10 seconds',
};

/** Planning records the run: a run that is cancelled meanwhile waits for its record, to close it. */
export const PLAN: ActivityOptions = { ...WHOLE_STORE, cancellationType: 'WAIT_CANCELLATION_COMPLETED' };

/**
 * One batch. It heartbeats its cursor when pages are written, so a lost worker is noticed within 10 s and a retry
 * goes on from there; 30 minutes is a batch of seconds on a store a hundred times too slow. Ten attempts
 * span about five minutes; after that the batch is counted as failed and can be retried by itself. A batch
 * that is cancelled has ended only when its page is written: the run's numbers are taken after that.
 */
export const BATCH: ActivityOptions = {
  cancellationType: 'WAIT_CANCELLATION_COMPLETED',
  startToCloseTimeout: '30 minutes',
  heartbeatTimeout: '10 seconds',
  retry: {
    initialInterval: '1 second',
    maximumInterval: '1 minute',
    maximumAttempts: 10,
    nonRetryableErrorTypes: FINAL,
  },
};
