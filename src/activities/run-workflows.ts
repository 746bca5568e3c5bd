/** How a run's workflow has ended, as the server remembers it. */
export type WorkflowEnd = 'completed' | 'failed' | 'cancelled' | 'terminated' | 'timed out' | 'forgotten';

/** The workflows of runs, as the server sees them. */
export interface RunWorkflows {
  /** null while the workflow, or one that it has started, is open. */
  endOf(workflowId: string): Promise<WorkflowEnd | null>;
}
