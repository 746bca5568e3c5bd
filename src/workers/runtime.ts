import { hostname } from 'node:os';
import { resolve } from 'node:path';
import { setFlagsFromString } from 'node:v8';
import { Client } from '@temporalio/client';
import { NativeConnection, Runtime, type Worker } from '@temporalio/worker';
import type { Config } from '../config.ts';
import { toDateFields } from '../domain/condition/fields.ts';
import { UserError } from '../domain/errors.ts';
import { createLog, toTemporalLogger } from '../log.ts';
import { SEARCH_ATTRIBUTES, workflowQueue } from '../names.ts';
import { endOfRun } from '../run-workflows.ts';
import { isPolled, pollerIdentities } from '../task-queue.ts';
import { resolveTemporal, type Temporal } from '../temporal-server/connect.ts';
import { connect } from '../temporal-server/open-connection.ts';
import { createWorkers } from './create-workers.ts';
import { endAll } from './end-all.ts';
import { openStores, type Stores } from './open-stores.ts';
import { ROLES, type Role } from './roles.ts';

/** A process that owns a data folder: stores, Temporal and workers, started in this order. */
export interface StrataRuntime {
  readonly stores: Stores;
  readonly temporal: Temporal;
  readonly client: Client;
  /** Settles when a worker stops by itself, which is a failure. */
  readonly ended: Promise<void>;
  stop(): Promise<void>;
}

export interface RuntimeOptions {
  readonly config: Config;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly report: (line: string) => void;
  /** All by default. */
  readonly roles?: readonly Role[];
  /** Whether a profile index that is not there is made. */
  readonly makesIndex?: boolean;
  /** Aborted while it starts, it ends what it has started and throws the reason. */
  readonly signal?: AbortSignal;
  readonly workflowBundle?: { readonly codePath: string };
}

/**
 * Collects when the heap has grown by half instead of up to fourfold: pages are garbage as soon as they are written,
 * and collecting late would let a worker grow with its store. Costs up to a tenth of the time of a run that writes
 * for fifty segments, and nothing that shows for one.
 */
export const COLLECT_EARLY = '--heap-growing-percent=50';

export async function startRuntime(options: RuntimeOptions): Promise<StrataRuntime> {
  setFlagsFromString(COLLECT_EARLY);
  const { config, report } = options;
  const undo: (() => Promise<void>)[] = [];
  const stop = (): Promise<void> => endAll(undo);
  try {
    Runtime.install({ logger: toTemporalLogger(createLog(config.LOG_LEVEL)), shutdownSignals: [] });
    const dataDirectory = resolve(config.STRATA_DATA);
    const stores = await openStores(config, options);
    undo.push(() => stores.close());
    const temporal = await resolveTemporal({
      env: options.env,
      dataDirectory,
      report,
      searchAttributes: SEARCH_ATTRIBUTES,
      ...(options.signal === undefined ? {} : { signal: options.signal }),
    });
    undo.push(() => temporal.stop());
    options.signal?.throwIfAborted();
    const client = await connectClient(temporal);
    undo.push(() => client.connection.close());
    const workers = await connectWorkers(options, { temporal, client, stores }, undo);
    const runs = workers.map((worker) => worker.run());
    const running = Promise.all(runs).then(() => undefined);
    // Awaited by whoever waits for the end; until then a failure must not count as unhandled.
    running.catch(() => undefined);
    undo.push(async () => {
      for (const worker of workers) if (worker.getState() === 'RUNNING') worker.shutdown();
      // Of all of them, or the stores would be closed under one that is still at work when another has failed.
      await Promise.allSettled(runs);
      await running;
    });
    return { stores, temporal, client, ended: running, stop };
  } catch (error) {
    // What kept it from starting is what a person has to know.
    await stop().catch(() => undefined);
    throw error;
  }
}

/** A client of its own for processes that only start and follow workflows. */
async function connectClient({
  connectionOptions,
  namespace,
}: Pick<Temporal, 'connectionOptions' | 'namespace'>): Promise<Client> {
  return new Client({ connection: await connect(connectionOptions), namespace });
}

interface Parts {
  readonly temporal: Temporal;
  readonly client: Client;
  readonly stores: Stores;
}

async function connectWorkers(
  { config, roles, workflowBundle }: RuntimeOptions,
  { temporal, client, stores }: Parts,
  undo: (() => Promise<void>)[],
): Promise<readonly Worker[]> {
  const environment = config.STRATA_ENV;
  const identity = `${stores.identity}@${hostname()}:${process.pid}`;
  await refuseOtherStores(client, environment, stores.identity);
  const connection = await NativeConnection.connect(temporal.connectionOptions);
  undo.push(() => connection.close());
  return createWorkers({
    connection,
    namespace: temporal.namespace,
    environment,
    identity,
    roles: roles ?? ROLES,
    limits: {
      batchesAtOnce: config.STRATA_BATCHES_AT_ONCE ?? defaultBatchesAtOnce(config),
      ...(config.STRATA_BATCHES_PER_SECOND === undefined
        ? {}
        : { batchesPerSecond: config.STRATA_BATCHES_PER_SECOND }),
    },
    ...(workflowBundle === undefined ? {} : { workflowBundle }),
    deps: {
      profiles: stores.profiles,
      ledger: stores.ledger,
      segmentsField: config.SEGMENTS_FIELD,
      dateFields: toDateFields(config.STRATA_DATE_FIELDS),
      taskQueues: { isPolled: (queue, kind) => isPolled(client, queue, kind) },
      runWorkflows: { endOf: (run) => endOfRun(client, environment, run) },
      now: () => new Date(),
    },
  });
}

/** Elasticsearch answers several at once; the embedded store writes one at a time, and more batches only fill memory. */
function defaultBatchesAtOnce({ ELASTIC_HOST }: Config): number {
  return ELASTIC_HOST === undefined ? 2 : 4;
}

/** Two workers on different stores would share runs and disagree about who is a member. */
async function refuseOtherStores(client: Client, environment: string, identity: string): Promise<void> {
  const others = (await pollerIdentities(client, workflowQueue(environment))).filter(
    (other) => !other.startsWith(`${identity}@`),
  );
  if (others.length === 0) return;
  throw new UserError(
    `A worker with another ledger (${others.join(', ')}) already serves environment "${environment}" on this Temporal server. ` +
      'A ledger in a data folder belongs to one process; with ELASTIC_HOST and the same MYSQL_URL any number of workers share one. ' +
      'Stop that worker (it is forgotten after 75 seconds), or give this one an environment of its own with STRATA_ENV.',
  );
}
