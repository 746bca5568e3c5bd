import { resolve } from 'node:path';
import type { Client } from '@temporalio/client';
import { createHttpOperations, importOverHttp } from '../api/http-operations.ts';
import type { ImportedTransactions, Operations } from '../api/operations.ts';
import type { Config } from '../config.ts';
import { UserError } from '../domain/errors.ts';
import type { Stores } from '../workers/open-stores.ts';
import { isAlive } from '../temporal-server/is-alive.ts';
import { importFile } from './import-file.ts';
import { Interrupted, supervise } from './interruption.ts';
import type { Context } from './context.ts';
import { withOwnRuntime } from './own-runtime.ts';
import { findRunningProcess, type RunningProcess } from './running-process.ts';
import { differingSettings } from './store-settings.ts';

/** What commands read with: the running process's API, or the data folder itself. */
export interface ReadSession {
  readonly operations: Operations;
  readonly importTransactions: (
    file: string,
    columns: readonly string[] | undefined,
  ) => Promise<ImportedTransactions>;
}

/** What commands steer with: reads and a Temporal client whose queues somebody serves. */
export interface ControlSession extends ReadSession {
  readonly client: Client;
  /** Aborted when the command is to end early. */
  readonly signal: AbortSignal;
}

interface ReadOptions {
  /** Whether a data folder that is not there is made: where it is only read, its name is mistyped. */
  readonly makesData?: boolean;
}

/** Reads work beside a running `strata up`, and by themselves when none runs. */
export async function withReads<T>(
  context: Context,
  work: (session: ReadSession) => Promise<T>,
  { makesData = false }: ReadOptions = {},
): Promise<T> {
  const running = await findRunningProcess(context.config);
  if (running !== null) {
    sayWhatDiffers(context, running);
    return work(readsOver(running.api));
  }
  if (!makesData) await assertData(context.config);
  // Beside a running process a command needs neither stores nor workers, which take seconds to load.
  const { openStores } = await import('../workers/open-stores.ts');
  const stores = await openStores(context.config);
  try {
    return await work(readsOf(stores));
  } finally {
    await stores.close();
  }
}

/** The process that answers keeps what it was started with, whatever this shell has set since. */
function sayWhatDiffers({ env, report }: Context, { about, settings }: RunningProcess): void {
  const names = settings === null ? [] : differingSettings(env, settings);
  if (names.length > 0)
    report(
      `process ${about.pid} answers, which was started with another ${names.join(', ')} than this shell has`,
    );
}

/** Where servers keep the profiles or the ledger, a folder without data is a good beginning. */
async function assertData(config: Config): Promise<void> {
  if (config.MYSQL_URL !== undefined || config.ELASTIC_HOST !== undefined) return;
  const folder = resolve(config.STRATA_DATA);
  const { hasDatabase } = await import('../stores/embedded/database.ts');
  if (await hasDatabase(folder)) return;
  throw new UserError(
    `There is no data of Strata in ${folder}. Name its folder with --data or STRATA_DATA, or begin one with \`strata up\` or \`strata schedules apply\`.`,
  );
}

function readsOf(stores: Stores): ReadSession {
  return {
    operations: stores.operations,
    importTransactions: (file, columns) => importFile(stores, file, columns),
  };
}

function readsOver(api: string): ReadSession {
  return {
    operations: createHttpOperations(api),
    importTransactions: (file, columns) => importOverHttp(api, file, columns),
  };
}

/** Control uses the server and workers that run already, or starts its own for as long as the command takes. */
export async function withControl<T>(
  context: Context,
  work: (session: ControlSession) => Promise<T>,
): Promise<T> {
  const running = await findRunningProcess(context.config);
  if (running === null) {
    return withOwnRuntime(context, { stays: false }, ({ runtime, interruption }) => {
      const { client, stores } = runtime;
      return supervise(runtime, interruption, (signal) => work({ client, signal, ...readsOf(stores) }));
    });
  }
  sayWhatDiffers(context, running);
  const { connectBeside } = await import('./connect-beside.ts');
  const over = new AbortController();
  const client = await connectBeside(await temporalOf(running, context), over.signal);
  const unwatch = abortWhenGone(running, context, over);
  try {
    // Nothing of ours runs: Ctrl-C may end the command where it stands.
    return await work({ client, signal: over.signal, ...readsOver(running.api) });
  } finally {
    unwatch();
    await client.connection.close();
  }
}

const LOOK_EVERY_MS = 250;

/** A process on this machine that keeps a Temporal server of its own takes it along when it ends. */
function abortWhenGone({ about }: RunningProcess, { config }: Context, over: AbortController): () => void {
  if (config.STRATA_API_URL !== undefined || about.temporalUi === null || !isAlive(about.pid))
    return () => undefined;
  const looking = setInterval(() => {
    if (!isAlive(about.pid)) over.abort(new Interrupted(`Strata, process ${about.pid}, has ended`));
  }, LOOK_EVERY_MS);
  return () => clearInterval(looking);
}

/** Our own variables may hold credentials that the running process does not tell; otherwise its address is enough. */
async function temporalOf({ about }: RunningProcess, { env, config, report }: Context) {
  const { isTemporalConfigured, resolveTemporal } = await import('../temporal-server/connect.ts');
  if (isTemporalConfigured(env)) return resolveTemporal({ env, report, dataDirectory: config.STRATA_DATA });
  return { connectionOptions: { address: about.temporalAddress }, namespace: about.temporalNamespace };
}
