import type { RunRecord } from '../domain/run.ts';

/** How a run's workflow has ended, as the server remembers it. */
export type WorkflowEnd = 'completed' | 'failed' | 'cancelled' | 'terminated' | 'timed out' | 'forgotten';

/** By which the server knows a run: the id of the workflow that began it, and its own in those of its retries. */
export type RunIds = Pick<RunRecord, 'runId' | 'workflowId'>;

/** The workflows of runs, as the server sees them. */
export interface RunWorkflows {
  /** null while the workflow, one that it has started, or a retry of the run is open. */
  endOf(run: RunIds): Promise<WorkflowEnd | null>;
}
