/** Whether a worker polls a task queue, as the server remembers it. */
export interface TaskQueues {
  isPolled(taskQueue: string, kind: 'workflow' | 'activity'): Promise<boolean>;
}

export function createTaskQueueActivities({ taskQueues }: { readonly taskQueues: TaskQueues }) {
  /** Lets a run say that nobody works on its batches, instead of only waiting. */
  async function hasWorkers({ taskQueue }: { readonly taskQueue: string }): Promise<boolean> {
    return taskQueues.isPolled(taskQueue, 'activity');
  }

  return { hasWorkers };
}
