import { CancellationScope, executeChild, isCancellation, proxyActivities } from '@temporalio/workflow';
import type { LedgerActivities } from '../activities/create-activities.ts';
import { rootMessage } from '../domain/errors.ts';
import { batchWorkflowId } from '../names.ts';
import { LEDGER } from './activity-options.ts';
import type { Outcome } from './fan-out.ts';
import { segmentBatch } from './segment-batch.ts';

const { recordBatchFailure } = proxyActivities<LedgerActivities>(LEDGER);

export interface RunBatchInput {
  readonly runId: string;
  /** The workflow id that names the children: the run's, also below a partition. */
  readonly runWorkflowId: string;
  readonly batch: number;
  readonly batches: number;
}

/** One child. Its failure is recorded and counted; only a cancellation goes on upwards. */
export async function runBatch({ runId, runWorkflowId, batch, batches }: RunBatchInput): Promise<Outcome> {
  try {
    const result = await executeChild(segmentBatch, {
      workflowId: batchWorkflowId(runWorkflowId, batch),
      args: [{ runId, batch }],
      parentClosePolicy: 'REQUEST_CANCEL',
      staticSummary: `batch ${batch + 1} of ${batches}`,
    });
    return { ...result, done: 1, failed: [], superseded: result.superseded ? 1 : 0 };
  } catch (error) {
    if (isOwnCancellation(error)) throw error;
    await recordBatchFailure({ runId, batch, failure: rootMessage(error) });
    return { done: 0, passed: 0, changed: 0, setAside: 0, superseded: 0, failed: [batch] };
  }
}

/** A child that a person cancelled alone is a failed batch; only our own cancellation ends the run. */
export function isOwnCancellation(error: unknown): boolean {
  return isCancellation(error) && CancellationScope.current().consideredCancelled;
}
