import { join } from 'node:path';
import { loadClientConnectConfig, type ClientConnectConfig } from '@temporalio/envconfig';
import { UserError } from '../domain/errors.ts';
import { connectExisting } from './connect-existing.ts';
import type { Environment } from './executable-cache.ts';
import { findTemporalExecutable } from './find-executable.ts';
import { keepDevServer } from './keep-server.ts';
import { registerSearchAttributes, type SearchAttributes } from './search-attributes.ts';

const DEFAULT_PORT = 7233;
const DEFAULT_UI_PORT = 8233;

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

async function useExisting(
  options: TemporalOptions,
  target: Pick<Temporal, 'address' | 'namespace' | 'connectionOptions'>,
): Promise<Temporal> {
  options.report(`using the Temporal server at ${target.address}, namespace ${target.namespace}`);
  const connection = await connectExisting({ ...target, advice: ADVICE });
  try {
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

const ADVICE =
  'Check TEMPORAL_ADDRESS and the other TEMPORAL_ variables, or unset TEMPORAL_ADDRESS to let Strata start a server of its own';

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
