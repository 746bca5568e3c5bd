import { randomUUID } from 'node:crypto';
import { Client, Connection } from '@temporalio/client';
import { NativeConnection, Worker } from '@temporalio/worker';
import type { LedgerActivities, ProfileActivities } from '../../src/activities/create-activities.ts';
import type { EvaluateBatchInput, EvaluateBatchResult } from '../../src/activities/evaluate-batch.ts';
import type { FinishRunInput } from '../../src/activities/finish-run.ts';
import { createRunControl, type RunControl } from '../../src/run-control.ts';
import { profilesQueue, workflowQueue } from '../../src/names.ts';
import { workflowBundle } from './temporal.ts';

/** What a test lets one batch do; by default every batch passes ten profiles. */
export type BatchScript = (input: EvaluateBatchInput) => Promise<EvaluateBatchResult>;

export interface ScriptedRun {
  readonly environment: string;
  readonly client: Client;
  readonly control: RunControl;
  /** Batches in the order they started, each as often as it did. */
  readonly started: number[];
  readonly failures: { readonly batch: number; readonly failure: string }[];
  readonly finished: FinishRunInput[];
  /** How many are running now. */
  readonly active: () => number;
  /** The most that ever ran at once. */
  readonly peak: () => number;
  /** Lets the workflows stand still while `work` goes on: what happens then reaches them all at once. */
  readonly whileAsleep: <T>(work: () => Promise<T>) => Promise<T>;
  stop(): Promise<void>;
}

export interface ScriptedRunOptions {
  readonly address: string;
  readonly batches: number;
  readonly batch?: BatchScript;
  /** Planning takes until this settles. */
  readonly planned?: () => Promise<void>;
  /** Closing takes until this settles. */
  readonly closed?: () => Promise<void>;
  /** Leaves the batches without a worker. */
  readonly withoutProfilesWorker?: boolean;
  readonly unfinished?: readonly number[];
  /** Segments that set limits. */
  readonly limited?: readonly string[];
}

export const TEN_PROFILES: EvaluateBatchResult = { passed: 10, changed: 1, setAside: 0, superseded: false };

/**
 * Real workflows on a real server, over activities that a test writes down: the ledger is a list of what was
 * called. Each has an environment of its own, so that tests on one server never meet.
 */
export async function startScriptedRun(options: ScriptedRunOptions): Promise<ScriptedRun> {
  const environment = `test-${randomUUID().slice(0, 8)}`;
  const connection = await Connection.connect({ address: options.address });
  const native = await NativeConnection.connect({ address: options.address });
  const client = new Client({ connection });
  const started: number[] = [];
  const failures: { batch: number; failure: string }[] = [];
  const finished: FinishRunInput[] = [];
  let active = 0;
  let peak = 0;
  const ledger = ledgerActivities(options, environment, client, { failures, finished });
  const profiles: ProfileActivities = {
    evaluateBatch: async (input) => {
      started.push(input.batch);
      active += 1;
      peak = Math.max(peak, active);
      try {
        return await (options.batch ?? (async () => TEN_PROFILES))(input);
      } finally {
        active -= 1;
      }
    },
  };
  const taskQueue = workflowQueue(environment);
  const startWorkflows = async () =>
    runWorker(await Worker.create({ connection: native, taskQueue, workflowBundle: workflowBundle() }));
  let workflows = await startWorkflows();
  const workers = [
    runWorker(await Worker.create({ connection: native, taskQueue, activities: ledger })),
    ...(options.withoutProfilesWorker === true
      ? []
      : [
          runWorker(
            await Worker.create({
              connection: native,
              taskQueue: profilesQueue(taskQueue),
              activities: profiles,
              maxHeartbeatThrottleInterval: '500 ms',
            }),
          ),
        ]),
  ];
  return {
    environment,
    client,
    control: createRunControl(client, environment, { run: () => Promise.reject(new Error('not recorded')) }),
    started,
    failures,
    finished,
    active: () => active,
    peak: () => peak,
    whileAsleep: async (work) => {
      await workflows.stop();
      try {
        return await work();
      } finally {
        workflows = await startWorkflows();
      }
    },
    stop: async () => {
      await Promise.all([workflows, ...workers].map((worker) => worker.stop()));
      await native.close();
      await connection.close();
    },
  };
}

interface RunningWorker {
  stop(): Promise<void>;
}

function runWorker(worker: Worker): RunningWorker {
  const running = worker.run();
  return {
    stop: () => {
      worker.shutdown();
      return running;
    },
  };
}

function ledgerActivities(
  { batches, unfinished, planned, closed, limited = [] }: ScriptedRunOptions,
  environment: string,
  client: Client,
  seen: { readonly failures: { batch: number; failure: string }[]; readonly finished: FinishRunInput[] },
): LedgerActivities {
  return {
    planRun: async ({ runId, slot, mode }) => {
      await planned?.();
      const plan = { definitions: 'none', segments: 2, leftOut: 0, profiles: batches * 10, batches };
      return { runId, slot, ...plan, limited: mode === 'write' ? limited : [] };
    },
    recordBatchFailure: async ({ batch, failure }) => {
      seen.failures.push({ batch, failure });
    },
    readUnfinishedBatches: async () => unfinished ?? seen.failures.map(({ batch }) => batch),
    checkLimits: async () => null,
    publishDefinitions: () => Promise.reject(new Error(`nothing is published in ${environment}`)),
    forgetRetired: () => Promise.reject(new Error(`nothing is retired in ${environment}`)),
    hasWorkers: async ({ taskQueue }) => {
      const { pollers } = await client.workflowService.describeTaskQueue({
        namespace: 'default',
        taskQueue: { name: taskQueue },
        taskQueueType: 2,
      });
      return (pollers ?? []).length > 0;
    },
    finishRun: async (input) => {
      seen.finished.push(input);
      await closed?.();
      const failedBatches = new Set(seen.failures.map(({ batch }) => batch)).size;
      const state =
        input.ended?.state ??
        (failedBatches === 0
          ? 'completed'
          : failedBatches === batches
            ? 'failed'
            : 'completed with exceptions');
      return {
        runId: input.runId,
        state,
        reason: input.ended?.reason ?? null,
        profiles: batches * 10,
        changed: 0,
        failedBatches,
      };
    },
  };
}
