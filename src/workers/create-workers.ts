import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { type NativeConnection, Worker } from '@temporalio/worker';
import {
  createLedgerActivities,
  createProfileActivities,
  type ActivityDeps,
} from '../activities/create-activities.ts';
import { UserError } from '../domain/errors.ts';
import { profilesQueue, workflowQueue } from '../names.ts';
import type { Role } from './roles.ts';

export interface WorkerOptions {
  readonly connection: NativeConnection;
  readonly namespace: string;
  readonly environment: string;
  readonly roles: readonly Role[];
  readonly deps: ActivityDeps;
  readonly limits: ProfileLimits;
  /** Says which data folder this process owns, so that another folder's worker can be told apart. */
  readonly identity: string;
  /** Instead of the build's bundle; what runs from the source has none, and bundles its workflows when it starts. */
  readonly workflowBundle?: { readonly codePath: string };
}

/** What protects the profile store from its workers. */
export interface ProfileLimits {
  /** Batches that evaluate at once in one process: one computes while others read and write. */
  readonly batchesAtOnce: number;
  /** Batches started per second by all workers of the environment; the Temporal server keeps it. */
  readonly batchesPerSecond?: number;
}

/** Time for a page in hand to be written before activities are cancelled and handed back. */
const SHUTDOWN_GRACE = '10 seconds';
const SHUTDOWN_FORCE = '20 seconds';

/**
 * How often a batch tells the server where it is: a crash repeats that and what was not written yet. As long takes a
 * batch to hear that it is cancelled. The SDK's own is 0.8 of the heartbeat timeout, 8 seconds.
 */
const HEARTBEAT_EVERY = '2 seconds';

/** A worker for each role: workflows with their light activities, and the batches. */
export async function createWorkers(options: WorkerOptions): Promise<readonly Worker[]> {
  const create = { workflows: createWorkflowWorker, profiles: createProfileWorker };
  return Promise.all(options.roles.map((role) => create[role](options)));
}

function createWorkflowWorker(options: WorkerOptions): Promise<Worker> {
  return Worker.create({
    ...commonOf(options),
    taskQueue: workflowQueue(options.environment),
    ...workflowsOf(options),
    activities: createLedgerActivities(options.deps),
  });
}

/** Made by the build. */
const BUILT_BUNDLE = fileURLToPath(new URL('../workflow-bundle.js', import.meta.url));
const RUNS_FROM_SOURCE = import.meta.url.endsWith('.ts');

function workflowsOf({ workflowBundle }: WorkerOptions) {
  if (workflowBundle !== undefined) return { workflowBundle };
  if (RUNS_FROM_SOURCE) return { workflowsPath: fileURLToPath(new URL('../workflows', import.meta.url)) };
  if (!existsSync(BUILT_BUNDLE))
    throw new UserError(
      `The bundle of the workflows, ${BUILT_BUNDLE}, is missing: \`npm run build\` makes it.`,
    );
  return { workflowBundle: { codePath: BUILT_BUNDLE } };
}

function createProfileWorker(options: WorkerOptions): Promise<Worker> {
  const { batchesAtOnce, batchesPerSecond } = options.limits;
  return Worker.create({
    ...commonOf(options),
    taskQueue: profilesQueue(workflowQueue(options.environment)),
    activities: createProfileActivities(options.deps),
    maxConcurrentActivityTaskExecutions: batchesAtOnce,
    maxHeartbeatThrottleInterval: HEARTBEAT_EVERY,
    ...(batchesPerSecond === undefined ? {} : { maxTaskQueueActivitiesPerSecond: batchesPerSecond }),
  });
}

function commonOf({ connection, namespace, identity }: WorkerOptions) {
  return {
    connection,
    namespace,
    identity,
    shutdownGraceTime: SHUTDOWN_GRACE,
    shutdownForceTime: SHUTDOWN_FORCE,
  };
}
