import { CancellationScope, getExternalWorkflowHandle, startChild } from '@temporalio/workflow';
import type { RunOutcome } from '../activities/finish-run.ts';
import type { segmentProfiles, SegmentProfilesInput } from './segment-profiles.ts';

export interface ChildRun {
  readonly workflowId: string;
  readonly summary: string;
  readonly input: SegmentProfilesInput;
}

/**
 * A run inside another workflow, to its end. The SDK's own cancellation of a child names the first of its
 * runs, which has ended when the child has continued as new; this one reaches the newest too.
 */
export async function executeRun({ workflowId, summary, input }: ChildRun): Promise<RunOutcome> {
  const child = await startChild<typeof segmentProfiles>('segmentProfiles', {
    workflowId,
    parentClosePolicy: 'REQUEST_CANCEL',
    staticSummary: summary,
    args: [input],
  });
  let isOver = false;
  const cancelled = CancellationScope.current().cancelRequested.catch(async () => {
    if (!isOver) await CancellationScope.nonCancellable(() => getExternalWorkflowHandle(workflowId).cancel());
  });
  // A child that ends at that moment cannot be cancelled any more, and its result says how it ended.
  cancelled.catch(() => undefined);
  try {
    return await child.result();
  } finally {
    isOver = true;
  }
}
