/**
 * Children of one parent beyond which a partition level pays: a single parent's history and lock are the limit.
 * A partition of as many has at most 15 events a batch in its history, so 3,000 of the 4,096 at which the
 * server suggests to continue as new.
 */
export const PARTITION_BATCHES = 200;

/** Batches of one run that are worked on side by side, at the most. */
export const MAX_WINDOW = 200;

/** A run of consecutive batches, `to` exclusive. */
export interface BatchSpan {
  readonly from: number;
  readonly to: number;
}

/** Cuts `batches` into spans of at most `size`, all but the last equal. */
export function partition(batches: number, size: number): readonly BatchSpan[] {
  const spans: BatchSpan[] = [];
  for (let from = 0; from < batches; from += size) spans.push({ from, to: Math.min(from + size, batches) });
  return spans;
}

/** The same batches in the same order, neighbours in one span: a run that is to retry many carries few. */
export function spansOf(batches: readonly number[]): readonly BatchSpan[] {
  const spans: BatchSpan[] = [];
  for (const batch of batches) {
    const last = spans.at(-1);
    if (last?.to === batch) spans[spans.length - 1] = { from: last.from, to: batch + 1 };
    else spans.push({ from: batch, to: batch + 1 });
  }
  return spans;
}

/**
 * Candidates a batch should hold. A child workflow costs about 60 ms of CPU (measured on two cores), so a
 * batch must be worth seconds; but a run that fits in a few batches still gets enough of them to show
 * progress and to lose little when a worker dies.
 */
export function batchCandidates(candidates: number): number {
  return Math.min(MAX_BATCH_CANDIDATES, Math.max(MIN_BATCH_CANDIDATES, Math.ceil(candidates / 8)));
}
const MIN_BATCH_CANDIDATES = 10_000;
const MAX_BATCH_CANDIDATES = 125_000;
