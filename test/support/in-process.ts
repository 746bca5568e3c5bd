import { randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Client, Connection } from '@temporalio/client';
import { NativeConnection, type Worker } from '@temporalio/worker';
import type { ActivityDeps } from '../../src/activities/create-activities.ts';
import type { ProfileStore } from '../../src/activities/profile-store.ts';
import { readConfig } from '../../src/config.ts';
import { toDateFields } from '../../src/domain/condition/fields.ts';
import type { DefinitionSource } from '../../src/domain/definition.ts';
import type { RunRecord } from '../../src/domain/run.ts';
import { endOfRun } from '../../src/run-workflows.ts';
import { createRunControl, type RunControl, type StartRun } from '../../src/run-control.ts';
import {
  applyDefinitions,
  planDefinitions,
  type Applied,
  type ApplyOptions,
} from '../../src/schedules/apply.ts';
import { createWorkers } from '../../src/workers/create-workers.ts';
import { isPolled } from '../../src/task-queue.ts';
import { openStores, type Stores } from '../../src/workers/open-stores.ts';
import { ROLES, type Role } from '../../src/workers/roles.ts';
import { sharedServer, workflowBundle } from './temporal.ts';

type Given = Partial<Pick<ApplyOptions, 'owner' | 'prune' | 'pruneAll'>>;

/** The whole of Strata in this process: embedded stores, and workers on the shared server. */
export interface InProcess {
  readonly environment: string;
  readonly stores: Stores;
  readonly deps: ActivityDeps;
  /** For what a person does in the Temporal UI. */
  readonly client: Client;
  /** For runs that a test steers; `run` is for those it only waits for. */
  readonly control: RunControl;
  /** More workers, of these roles. */
  readonly work: (roles: readonly Role[]) => Promise<void>;
  readonly apply: (files: readonly DefinitionSource[], given?: Given) => Promise<Applied>;
  readonly plan: (files: readonly DefinitionSource[], given?: Given) => Promise<Applied>;
  /** Runs to the end; answers the record. */
  readonly run: (options?: StartRun) => Promise<RunRecord>;
  /** Schedule ids without the environment, as the server lists them. */
  readonly schedules: () => Promise<readonly string[]>;
  /** As a person does it in the UI. */
  readonly trigger: (schedule: string) => Promise<void>;
  stop(): Promise<void>;
}

export interface InProcessOptions {
  /** Puts something between the activities and the real store: a door, a fault. */
  readonly through?: (profiles: ProfileStore) => ProfileStore;
  /** Variables for other stores than the embedded ones. */
  readonly env?: Readonly<Record<string, string>>;
  /** What its workers do at first; all by default. */
  readonly roles?: readonly Role[];
}

/** Tests take slots in 2036, which no schedule that fires meanwhile can supersede; by this clock they have come. */
const inTwentyYears = (): Date => new Date(Date.now() + 20 * 365 * 86_400_000);

/** An environment of its own, so that tests on one server never meet. */
export async function startInProcess({
  through = (profiles) => profiles,
  env = {},
  roles = ROLES,
}: InProcessOptions = {}): Promise<InProcess> {
  const folder = mkdtempSync(join(tmpdir(), 'strata-in-process-'));
  const environment = `test-${randomUUID().slice(0, 8)}`;
  const { address } = sharedServer();
  const stores = await openStores(readConfig({ ...env, STRATA_DATA: folder, STRATA_ENV: environment }), {
    makesIndex: true,
  });
  const client = new Client({ connection: await Connection.connect({ address }) });
  const connection = await NativeConnection.connect({ address });
  const deps: ActivityDeps = {
    profiles: through(stores.profiles),
    ledger: stores.ledger,
    segmentsField: 'segments',
    dateFields: toDateFields(['metadata.time.*']),
    taskQueues: { isPolled: (queue, kind) => isPolled(client, queue, kind) },
    runWorkflows: { endOf: (run) => endOfRun(client, environment, run) },
    now: inTwentyYears,
  };
  const workers: Worker[] = [];
  const running: Promise<void>[] = [];
  const work = async (as: readonly Role[]): Promise<void> => {
    const started = await createWorkers({
      connection,
      namespace: 'default',
      environment,
      identity: 'test',
      roles: as,
      limits: { batchesAtOnce: 2 },
      workflowBundle: workflowBundle(),
      deps,
    });
    workers.push(...started);
    running.push(...started.map((worker) => worker.run()));
  };
  await work(roles);
  const optionsOf = (given: Given): ApplyOptions => ({
    environment,
    window: 2,
    author: 'test',
    owner: null,
    prune: false,
    ...given,
  });

  async function schedules(): Promise<readonly string[]> {
    const found: string[] = [];
    for await (const { scheduleId } of client.schedule.list())
      if (scheduleId.startsWith(`${environment}/`)) found.push(scheduleId.slice(environment.length + 1));
    return found.sort();
  }

  const control = createRunControl(client, environment, stores.operations, inTwentyYears);
  return {
    environment,
    stores,
    deps,
    client,
    control,
    work,
    apply: (files, given = {}) => applyDefinitions(client, files, optionsOf(given)),
    plan: (files, given = {}) => planDefinitions(client, files, optionsOf(given)),
    run: async (options = {}) => {
      const handle = await control.startRun(options);
      await handle.result();
      return stores.operations.run(handle.runId);
    },
    schedules,
    trigger: (schedule) => client.schedule.getHandle(`${environment}/${schedule}`).trigger(),
    stop: async () => {
      for (const id of await schedules()) await client.schedule.getHandle(`${environment}/${id}`).delete();
      for (const worker of workers) worker.shutdown();
      await Promise.all(running);
      await connection.close();
      await client.connection.close();
      await stores.close();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
