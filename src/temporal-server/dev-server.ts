import { access, constants, mkdir } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { Connection } from '@temporalio/client';
import { UserError } from '../domain/errors.ts';
import { isServerOf, readServerRecord, removeServerRecord, writeServerRecord } from './left-behind.ts';
import { choosePort } from './ports.ts';
import { registerSearchAttributes, type SearchAttributes } from './search-attributes.ts';
import { becomesHealthy } from './server-health.ts';
import { follow, launch, stopProcess, type LaunchedServer, type ServerProcess } from './server-process.ts';

const READY_WITHIN_MS = 30_000;
const ADOPT_WITHIN_MS = 5_000;
const LAUNCH_ATTEMPTS = 3;
const LOOPBACK = '127.0.0.1';

/** The caller owns the database's folder: two callers with one database at the same time are not guarded against. */
export interface DevServerOptions {
  readonly executable: string;
  readonly databaseFile: string;
  readonly preferredPort: number;
  readonly preferredUiPort: number;
  readonly namespace?: string;
  readonly dynamicConfig?: Readonly<Record<string, string>>;
  readonly searchAttributes?: SearchAttributes;
  readonly logFile: string;
  readonly stateFile: string;
  readonly report: (line: string) => void;
}

export interface DevServer {
  readonly address: string;
  readonly uiAddress: string;
  readonly port: number;
  readonly uiPort: number;
  readonly pid: number;
  /** Settles when the server has ended, asked for or not, with how it ended. Never rejects. */
  readonly exited: Promise<string>;
  stop(): Promise<void>;
}

/**
 * Starts Temporal's development server on its database, or adopts the one that an earlier process left running on
 * it. After `exited` it may be called again with the same ports: workers reconnect by themselves.
 */
export async function startDevServer(given: DevServerOptions): Promise<DevServer> {
  const options = { ...given, databaseFile: resolve(given.databaseFile) };
  for (const file of [options.databaseFile, options.logFile, options.stateFile]) {
    await makeWritable(dirname(file));
  }
  const server = (await takeOver(options)) ?? (await startNew(options));
  try {
    await register(server, options);
    return server;
  } catch (error) {
    await server.stop();
    throw error;
  }
}

async function makeWritable(folder: string): Promise<void> {
  try {
    await mkdir(folder, { recursive: true });
    await access(folder, constants.W_OK | constants.X_OK);
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : 'unknown error';
    throw new UserError(
      `the Temporal server's folder ${folder} cannot be written (${code}): give it to the user that Strata runs as, or name another data folder with --data or STRATA_DATA`,
      { cause: error },
    );
  }
}

/** A left-behind server holds the database, so it is adopted or stopped before anything else is started. */
async function takeOver(options: DevServerOptions): Promise<DevServer | undefined> {
  const record = await readServerRecord(options.stateFile);
  if (record === undefined || record.databaseFile !== options.databaseFile) return undefined;
  if (!(await isServerOf(record.databaseFile, record.pid))) return undefined;
  const server = toDevServer(follow(record.pid, record.databaseFile), record, options);
  const probe = { address: server.address, namespace: namespaceOf(options), timeoutMs: ADOPT_WITHIN_MS };
  if (record.startedWith === startedWith(options) && (await becomesHealthy(probe))) {
    options.report(
      `Temporal server was still running (process ${record.pid}) at ${server.address}: using it`,
    );
    return server;
  }
  options.report(`stopping the Temporal server left behind by an earlier process (${record.pid})`);
  await server.stop();
  return undefined;
}

async function startNew(options: DevServerOptions): Promise<DevServer> {
  for (let attempt = 1; ; attempt += 1) {
    const ports = await choosePorts(options);
    const launched = await launch({
      executable: options.executable,
      args: toArguments(options, ports),
      logFile: options.logFile,
    });
    const { databaseFile } = options;
    const record = { pid: launched.pid, ...ports, databaseFile, startedWith: startedWith(options) };
    try {
      await writeServerRecord(options.stateFile, record);
    } catch (error) {
      // Nobody would find it again.
      await stopProcess(launched);
      throw error;
    }
    const server = toDevServer(launched, ports, options);
    const failure = await failureOf(launched, server, options);
    if (failure === undefined) return server;
    const tail = await launched.readLogTail();
    await server.stop();
    // Ports are found free, then taken: somebody else may be quicker, above all for the server's internal ones.
    if (attempt < LAUNCH_ATTEMPTS && /in use/i.test(tail)) continue;
    throw new UserError(`the Temporal server ${failure}; its log ${options.logFile} ends with:\n${tail}`);
  }
}

async function failureOf(
  launched: LaunchedServer,
  server: DevServer,
  options: DevServerOptions,
): Promise<string | undefined> {
  const abort = new AbortController();
  const healthy = becomesHealthy({
    address: server.address,
    namespace: namespaceOf(options),
    timeoutMs: READY_WITHIN_MS,
    signal: abort.signal,
  });
  const ended = launched.exited.then((how) => `ended while starting (${how})`);
  const outcome = await Promise.race([healthy, ended]);
  abort.abort();
  await healthy;
  if (typeof outcome === 'string') return outcome;
  return outcome ? undefined : `did not answer within ${READY_WITHIN_MS / 1000} s`;
}

/**
 * The server spreads a task queue over four partitions, for throughput that no development server needs. A task
 * that waits in one while the few pollers of one worker ask another is offered again only after two seconds.
 */
const ONE_PARTITION = {
  'matching.numTaskqueueReadPartitions': '1',
  'matching.numTaskqueueWritePartitions': '1',
};

interface Ports {
  readonly port: number;
  readonly uiPort: number;
}

async function choosePorts({ preferredPort, preferredUiPort, report }: DevServerOptions): Promise<Ports> {
  const port = await choosePort(preferredPort);
  if (port !== preferredPort) report(`port ${preferredPort} is taken: Temporal uses ${port}`);
  const uiPort = await choosePort(preferredUiPort);
  if (uiPort !== preferredUiPort) report(`port ${preferredUiPort} is taken: Temporal's UI uses ${uiPort}`);
  return port === uiPort ? { port, uiPort: await choosePort(0) } : { port, uiPort };
}

function toArguments(options: DevServerOptions, { port, uiPort }: Ports): string[] {
  const ports = ['--ip', LOOPBACK, '--port', String(port), '--ui-port', String(uiPort)];
  return ['server', 'start-dev', ...ports, ...toLastingArguments(options)];
}

/** The arguments that must be equal for a running server to be the one asked for; ports are only preferences. */
function toLastingArguments(options: DevServerOptions): string[] {
  const namespace = options.namespace === undefined ? [] : ['--namespace', options.namespace];
  const dynamicConfig = Object.entries({ ...ONE_PARTITION, ...options.dynamicConfig }).flatMap(
    ([key, value]) => ['--dynamic-config-value', `${key}=${value}`],
  );
  // Without these two a file is 40 % slower than memory; with them it is as fast.
  const pragmas = ['--sqlite-pragma', 'journal_mode=wal', '--sqlite-pragma', 'synchronous=normal'];
  return [
    '--log-level',
    'warn',
    '--db-filename',
    options.databaseFile,
    ...pragmas,
    ...namespace,
    ...dynamicConfig,
  ];
}

function startedWith(options: DevServerOptions): string {
  return JSON.stringify([options.executable, ...toLastingArguments(options)]);
}

function toDevServer(process: ServerProcess, { port, uiPort }: Ports, options: DevServerOptions): DevServer {
  return {
    address: `${LOOPBACK}:${port}`,
    uiAddress: `http://${LOOPBACK}:${uiPort}`,
    port,
    uiPort,
    pid: process.pid,
    exited: process.exited,
    stop: async () => {
      await stopProcess(process);
      await removeServerRecord(options.stateFile);
    },
  };
}

/** Not through the start-up flags: those are ignored for a database that exists already. */
async function register(server: DevServer, options: DevServerOptions): Promise<void> {
  if (options.searchAttributes === undefined) return;
  const connection = await Connection.connect({ address: server.address });
  try {
    await registerSearchAttributes(connection, namespaceOf(options), options.searchAttributes);
  } finally {
    await connection.close();
  }
}

function namespaceOf({ namespace = 'default' }: DevServerOptions): string {
  return namespace;
}
