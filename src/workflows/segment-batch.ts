import { proxyActivities, workflowInfo } from '@temporalio/workflow';
import type { ProfileActivities } from '../activities/create-activities.ts';
import type { EvaluateBatchInput, EvaluateBatchResult } from '../activities/evaluate-batch.ts';
import { profilesQueue } from '../names.ts';
import { BATCH } from './activity-options.ts';

/**
 * Evaluates one batch of a run. A row of its own in the UI: it can be seen, retried and counted alone. Safe
 * to run again under the same id: what the run has written is never written or logged twice.
 */
export async function segmentBatch(input: EvaluateBatchInput): Promise<EvaluateBatchResult> {
  const { evaluateBatch } = proxyActivities<ProfileActivities>({
    ...BATCH,
    taskQueue: profilesQueue(workflowInfo().taskQueue),
  });
  return evaluateBatch(input);
}
