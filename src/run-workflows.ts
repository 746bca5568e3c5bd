import { type Client, type WorkflowExecutionDescription, WorkflowNotFoundError } from '@temporalio/client';
import type { RunIds, WorkflowEnd } from './activities/run-workflows.ts';
import { runWorkflowId } from './names.ts';

type Status = WorkflowExecutionDescription['status']['name'];

/** Of the newest execution under this id, so that a run that was reset or has continued as new is open. */
export async function endOfRun(
  client: Client,
  environment: string,
  { runId, workflowId }: RunIds,
): Promise<WorkflowEnd | null> {
  const end = toEnd(await statusOf(client, workflowId));
  if (end === null) return null;
  const isAnyOpen = await hasOpenBelow(client, [workflowId, runWorkflowId(environment, runId)]);
  return isAnyOpen ? null : end;
}

async function statusOf(client: Client, workflowId: string): Promise<Status | null> {
  try {
    return (await client.workflow.getHandle(workflowId).describe()).status.name;
  } catch (error) {
    if (error instanceof WorkflowNotFoundError) return null;
    throw error;
  }
}

function toEnd(status: Status | null): WorkflowEnd | null {
  switch (status) {
    case null:
      return 'forgotten';
    case 'COMPLETED':
      return 'completed';
    case 'FAILED':
      return 'failed';
    case 'CANCELLED':
      return 'cancelled';
    case 'TERMINATED':
      return 'terminated';
    case 'TIMED_OUT':
      return 'timed out';
    case 'UNSPECIFIED':
    case 'RUNNING':
    case 'PAUSED':
    case 'CONTINUED_AS_NEW':
    case 'UNKNOWN':
      return null;
  }
}

/**
 * Batches of a terminated run are cancelled, and write the page in hand before they end. A retry is named by the run,
 * whatever the schedule has named the workflow that began it.
 */
async function hasOpenBelow(client: Client, workflowIds: readonly string[]): Promise<boolean> {
  const below = workflowIds.map((id) => `WorkflowId STARTS_WITH '${id}/'`).join(' OR ');
  return (await client.workflow.count(`(${below}) AND ExecutionStatus = 'Running'`)).count > 0;
}
