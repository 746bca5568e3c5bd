import { fileURLToPath } from 'node:url';
import { type NativeConnection, Worker } from '@temporalio/worker';
import {
  createLedgerActivities,
  createProfileActivities,
  type ActivityDeps,
} from '../activities/create-activities.ts';
import { profilesQueue, workflowQueue } from '../names.ts';

export interface WorkerOptions {
  readonly connection: NativeConnection;
  readonly namespace: string;
  readonly environment: string;
  readonly deps: ActivityDeps;
  /** Says which data folder this process owns, so that another folder's worker can be told apart. */
  readonly identity: string;
  /** A bundle made beforehand; without it the workflows are bundled now, about a second. */
  readonly workflowBundle?: { readonly codePath: string };
}

/** Time for a page in hand to be written before activities are cancelled and handed back. */
const SHUTDOWN_GRACE = '10 seconds';
const SHUTDOWN_FORCE = '20 seconds';

/** Batches that evaluate at once in one process: one computes while the other reads; more only fills memory. */
const BATCHES_AT_ONCE = 2;

/** One worker for workflows and light activities, one for the batches. */
export async function createWorkers(options: WorkerOptions): Promise<readonly Worker[]> {
  const { connection, namespace, environment, deps, identity } = options;
  const common = {
    connection,
    namespace,
    identity,
    shutdownGraceTime: SHUTDOWN_GRACE,
    shutdownForceTime: SHUTDOWN_FORCE,
  };
  const taskQueue = workflowQueue(environment);
  const workflows = await Worker.create({
    ...common,
    taskQueue,
    ...(options.workflowBundle === undefined
      ? { workflowsPath: fileURLToPath(new URL('../workflows', import.meta.url)) }
      : { workflowBundle: options.workflowBundle }),
    activities: createLedgerActivities(deps),
  });
  const batches = await Worker.create({
    ...common,
    taskQueue: profilesQueue(taskQueue),
    activities: createProfileActivities(deps),
    maxConcurrentActivityTaskExecutions: BATCHES_AT_ONCE,
  });
  return [workflows, batches];
}
