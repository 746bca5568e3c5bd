import { continueAsNew, setHandler } from '@temporalio/workflow';
import type { BatchSpan } from '../domain/batches.ts';
import { FanOut, startState, type FanOutState, type Outcome } from './fan-out.ts';
import { control } from './messages.ts';
import { runBatch } from './run-batch.ts';

export interface SegmentPartitionInput {
  readonly runId: string;
  readonly runWorkflowId: string;
  readonly span: BatchSpan;
  readonly batches: number;
  readonly window: number;
  readonly paused: string | null;
  readonly state?: FanOutState;
}

/**
 * The middle level of a run with many batches, so that no single history or lock carries them all. Takes its
 * window and pauses from the parent; failed batches are counted in its result.
 */
export async function segmentPartition(input: SegmentPartitionInput): Promise<Outcome> {
  const fanOut = new FanOut(
    input.state ?? { ...startState([input.span], input.window), paused: input.paused },
    1,
  );
  setHandler(control, ({ paused, window }) => {
    fanOut.state = { ...fanOut.state, paused, window };
  });
  await fanOut.run(({ from }) => runBatch({ ...input, batch: from }));
  if (fanOut.state.todo.length > 0) {
    return continueAsNew<typeof segmentPartition>({ ...input, state: fanOut.state });
  }
  const { done, passed, changed, setAside, failed, superseded } = fanOut.state;
  return { done, passed, changed, setAside, failed, superseded };
}
