import { setHandler } from '@temporalio/workflow';
import type { BatchSpan } from '../domain/batches.ts';
import { FanOut, startState, type Outcome } from './fan-out.ts';
import { control } from './messages.ts';
import { runBatch } from './run-batch.ts';

export interface SegmentPartitionInput {
  readonly runId: string;
  readonly runWorkflowId: string;
  readonly span: BatchSpan;
  readonly batches: number;
  readonly window: number;
  readonly paused: string | null;
}

/**
 * The middle level of a run with many batches, so that no single history or lock carries them all. Takes its
 * window and pauses from the parent; failed batches are counted in its result. Never continues as new: its
 * batches are few enough for one history, and a parent's cancellation names the first run of a child, so it
 * would not reach the next.
 */
export async function segmentPartition(input: SegmentPartitionInput): Promise<Outcome> {
  const { span, window, paused } = input;
  const fanOut = new FanOut(
    { ...startState([span], window), paused },
    { unit: 1, isToContinue: () => false },
  );
  setHandler(control, (told) => {
    fanOut.state = { ...fanOut.state, paused: told.paused, window: told.window };
  });
  await fanOut.run(({ from }) => runBatch({ ...input, batch: from }));
  const { done, passed, changed, setAside, failed, superseded } = fanOut.state;
  return { done, passed, changed, setAside, failed, superseded };
}
