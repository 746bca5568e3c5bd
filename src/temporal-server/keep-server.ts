import { UserError } from '../domain/errors.ts';
import { startDevServer, type DevServer, type DevServerOptions } from './dev-server.ts';
import { untilFree } from './ports.ts';

/** A stopped server has been seen to hold its ports for up to a second. */
const FREED_WITHIN_MS = 5_000;
const RESTARTS = 5;
const RESTART_WINDOW_MS = 5 * 60_000;

export interface KeptServer {
  readonly address: string;
  readonly uiAddress: string;
  /** Settles, with the reason, only when the server ended and could not be brought back. Never rejects. */
  readonly lost: Promise<Error>;
  stop(): Promise<void>;
}

/** Starts a development server and starts it again, on the same ports and database, when it dies under us. */
export async function keepDevServer(options: DevServerOptions): Promise<KeptServer> {
  const first = await startDevServer(options);
  const keeper = { stopping: false, current: Promise.resolve(first) };
  const lost = new Promise<Error>((resolve) => {
    void keep(first, keeper, options).catch((error: unknown) => {
      resolve(error instanceof Error ? error : new Error(String(error)));
    });
  });
  return {
    address: first.address,
    uiAddress: first.uiAddress,
    lost,
    stop: async () => {
      keeper.stopping = true;
      const server = await keeper.current.catch(() => undefined);
      await server?.stop();
    },
  };
}

interface Keeper {
  stopping: boolean;
  current: Promise<DevServer>;
}

async function keep(first: DevServer, keeper: Keeper, options: DevServerOptions): Promise<void> {
  const ends: number[] = [];
  for (let server = first; ; server = await keeper.current) {
    const how = await server.exited;
    if (keeper.stopping) return;
    ends.push(Date.now());
    const recent = ends.filter((at) => at > Date.now() - RESTART_WINDOW_MS).length;
    if (recent > RESTARTS) {
      throw new UserError(
        `the Temporal server ended ${recent} times within ${RESTART_WINDOW_MS / 60_000} minutes, last: ${how}; ` +
          `its log is ${options.logFile}`,
      );
    }
    options.report(`Temporal server ended (${how}); starting it again, nothing is lost`);
    keeper.current = startAgain(server, options);
  }
}

async function startAgain(before: DevServer, options: DevServerOptions): Promise<DevServer> {
  const isFree = await untilFree(before.port, FREED_WITHIN_MS);
  if (isFree) await untilFree(before.uiPort, FREED_WITHIN_MS);
  const ports = { preferredPort: before.port, preferredUiPort: before.uiPort };
  const server = isFree ? await startDevServer({ ...options, ...ports }) : null;
  if (server?.port !== before.port) {
    await server?.stop();
    throw new UserError(`Temporal's port ${before.port} was taken by another process: start Strata again`);
  }
  options.report(`Temporal server is back at ${server.address}`);
  return server;
}
