import { join } from 'node:path';
import { Connection } from '@temporalio/client';
import { loadClientConnectConfig, type ClientConnectConfig } from '@temporalio/envconfig';
import { UserError } from '../domain/errors.ts';
import type { Environment } from './executable-cache.ts';
import { findTemporalExecutable } from './find-executable.ts';
import { keepDevServer } from './keep-server.ts';
import { registerSearchAttributes, type SearchAttributes } from './search-attributes.ts';

const DEFAULT_PORT = 7233;
const DEFAULT_UI_PORT = 8233;
/** A connection over an ocean takes a tenth of it; grpc itself would go on trying whatever the network says. */
const CONNECT_WITHIN_MS = 4_000;

export interface TemporalOptions {
  readonly env: Environment;
  /** Holds the server's database, log and record. The caller owns it: no other process uses it meanwhile. */
  readonly dataDirectory: string;
  readonly report: (line: string) => void;
  readonly signal?: AbortSignal;
  readonly preferredPort?: number;
  readonly preferredUiPort?: number;
  readonly searchAttributes?: SearchAttributes;
  readonly dynamicConfig?: Readonly<Record<string, string>>;
}

export interface Temporal {
  readonly connectionOptions: ClientConnectConfig['connectionOptions'];
  readonly namespace: string;
  readonly address: string;
  /** Only where Strata started the server itself. */
  readonly uiAddress?: string;
  /** Settles when a server of our own ended for good; never for somebody else's. */
  readonly lost: Promise<Error>;
  stop(): Promise<void>;
}

/** The Temporal server that the environment names, else one of our own on a database in the data folder. */
export async function resolveTemporal(options: TemporalOptions): Promise<Temporal> {
  const config = readClientConfig(options.env);
  const namespace = config.namespace ?? 'default';
  const { address } = config.connectionOptions;
  return address === undefined
    ? startOwn(options, namespace)
    : useExisting(options, { address, namespace, connectionOptions: config.connectionOptions });
}

/** Whether the environment names a server, so that commands can tell without starting anything. */
export function isTemporalConfigured(env: Environment): boolean {
  return readClientConfig(env).connectionOptions.address !== undefined;
}

interface Target {
  readonly address: string;
  readonly namespace: string;
  readonly connectionOptions: ClientConnectConfig['connectionOptions'];
}

async function useExisting(options: TemporalOptions, target: Target): Promise<Temporal> {
  options.report(`using the Temporal server at ${target.address}, namespace ${target.namespace}`);
  const connection = await connectOrExplain(target);
  try {
    await describeNamespace(connection, target);
    if (options.searchAttributes !== undefined) {
      await registerSearchAttributes(connection, target.namespace, options.searchAttributes);
    }
  } finally {
    await connection.close();
  }
  return { ...target, lost: new Promise(() => undefined), stop: async () => undefined };
}

async function startOwn(options: TemporalOptions, namespace: string): Promise<Temporal> {
  const { env, report, signal, dataDirectory, searchAttributes, dynamicConfig } = options;
  const executable = await findTemporalExecutable({ env, report, signal });
  signal?.throwIfAborted();
  const folder = join(dataDirectory, 'temporal');
  const server = await keepDevServer({
    executable: executable.path,
    databaseFile: join(folder, 'temporal.sqlite'),
    logFile: join(folder, 'server.log'),
    stateFile: join(folder, 'server.json'),
    preferredPort: options.preferredPort ?? DEFAULT_PORT,
    preferredUiPort: options.preferredUiPort ?? DEFAULT_UI_PORT,
    report,
    namespace: namespace === 'default' ? undefined : namespace,
    searchAttributes,
    dynamicConfig,
  });
  const { address, uiAddress, lost } = server;
  report(`Temporal server at ${address}, UI at ${uiAddress}`);
  return { connectionOptions: { address }, namespace, address, uiAddress, lost, stop: () => server.stop() };
}

async function connectOrExplain({ address, connectionOptions }: Target): Promise<Connection> {
  const connection = Connection.lazy({ ...connectionOptions, connectTimeout: CONNECT_WITHIN_MS });
  try {
    await connection.ensureConnected();
    return connection;
  } catch (error) {
    await connection.close();
    const why = toText(error).replace(
      /^Failed to connect before the deadline$/,
      `tried for ${CONNECT_WITHIN_MS / 1000} s`,
    );
    throw new UserError(`no Temporal server answers at ${address} (${why}). ${CHECK}`, { cause: error });
  }
}

const CHECK =
  'Check TEMPORAL_ADDRESS and the other TEMPORAL_ variables, or unset TEMPORAL_ADDRESS to let Strata start a server of its own';

const NOT_FOUND = 5;
const UNIMPLEMENTED = 12;
const UNAUTHENTICATED = 16;

/** Whoever may not describe a namespace may still use it, so that is no answer. */
async function describeNamespace(connection: Connection, { address, namespace }: Target): Promise<void> {
  try {
    await connection.workflowService.describeNamespace({ namespace });
  } catch (error) {
    const problem = problemOf(error, { address, namespace });
    if (problem !== null) throw new UserError(problem, { cause: error });
  }
}

function problemOf(
  error: unknown,
  { address, namespace }: Pick<Target, 'address' | 'namespace'>,
): string | null {
  switch (error instanceof Error && 'code' in error ? error.code : null) {
    case NOT_FOUND:
      return (
        `the Temporal server at ${address} has no namespace ${namespace}: set TEMPORAL_NAMESPACE, or create it with ` +
        `\`temporal operator namespace create -n ${namespace}\``
      );
    case UNIMPLEMENTED:
      return `what answers at ${address} is no Temporal server (${toText(error)}). ${CHECK}`;
    case UNAUTHENTICATED:
      return `the Temporal server at ${address} refuses our credentials (${toText(error)}): check TEMPORAL_API_KEY and TEMPORAL_TLS_*`;
    default:
      return null;
  }
}

function readClientConfig(env: Environment): ClientConnectConfig {
  try {
    return loadClientConnectConfig({ overrideEnvVars: onlySet(env) });
  } catch (error) {
    throw new UserError(`the Temporal client configuration cannot be read: ${toText(error)}`, {
      cause: error,
    });
  }
}

/** An empty variable is how compose files and shells say "not set"; for gRPC headers it means "remove". */
function onlySet(env: Environment): Record<string, string> {
  const set: Record<string, string> = {};
  for (const [name, value] of Object.entries(env)) {
    if (value === undefined || (value === '' && !name.startsWith('TEMPORAL_GRPC_META_'))) continue;
    set[name] = value;
  }
  return set;
}

function toText(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return error.cause instanceof Error ? `${error.message}: ${error.cause.message}` : error.message;
}
