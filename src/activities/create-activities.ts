import { createCheckLimits } from './check-limits.ts';
import { createDefinitionReader } from './definitions.ts';
import { createEvaluateBatch, type EvaluateBatchDeps } from './evaluate-batch.ts';
import { createFinishRun } from './finish-run.ts';
import { createPlanRun } from './plan-run.ts';
import { createPublishDefinitions } from './publish-definitions.ts';
import { createRunRecords } from './run-records.ts';
import type { RunWorkflows } from './run-workflows.ts';
import { createTaskQueueActivities, type TaskQueues } from './task-queues.ts';

export type ActivityDeps = Omit<EvaluateBatchDeps, 'readDefinitions'> & {
  readonly taskQueues: TaskQueues;
  readonly runWorkflows: RunWorkflows;
  readonly now: () => Date;
};

/** Light activities, on the workflows' own queue. */
export function createLedgerActivities(deps: ActivityDeps) {
  const parts = { ...deps, readDefinitions: createDefinitionReader(deps.ledger, deps.profiles) };
  const closing = createFinishRun(parts);
  return {
    ...createPlanRun({ ...parts, ...closing }),
    ...createCheckLimits(parts),
    ...closing,
    ...createRunRecords(parts),
    ...createPublishDefinitions(parts),
    ...createTaskQueueActivities(parts),
  };
}

/** Activities that read and write profiles in bulk, on the profiles queue. */
export function createProfileActivities(deps: ActivityDeps) {
  return createEvaluateBatch({
    ...deps,
    readDefinitions: createDefinitionReader(deps.ledger, deps.profiles),
  });
}

export type LedgerActivities = ReturnType<typeof createLedgerActivities>;
export type ProfileActivities = ReturnType<typeof createProfileActivities>;
