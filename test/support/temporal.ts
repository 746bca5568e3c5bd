import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, inject } from 'vitest';
import { startDevServer } from '../../src/temporal-server/dev-server.ts';
import { freePort } from '../../src/temporal-server/ports.ts';
import type { SearchAttributes } from '../../src/temporal-server/search-attributes.ts';
import type { SharedServer } from './temporal-setup.ts';

/** A group of tests that vitest counts as skipped when the machine has no Temporal server. */
export const describeWithTemporal = describe.skipIf(inject('temporalServer') === null);

/** The run's shared server. Isolate by unique task queues and workflow ids, not by cleaning. */
export function sharedServer(): SharedServer {
  const server = inject('temporalServer');
  if (server === null) throw new Error('no Temporal server: put the test into describeWithTemporal');
  return server;
}

/** What `Worker.create({ workflowBundle })` takes. */
export function workflowBundle(): { codePath: string } {
  const codePath = inject('workflowBundlePath');
  if (codePath === null) throw new Error('src/workflows had no workflow when the tests started');
  return { codePath };
}

export interface TestServerOptions {
  readonly dynamicConfig?: Readonly<Record<string, string>>;
  readonly searchAttributes?: SearchAttributes;
}

export interface TestServer {
  readonly address: string;
  /** Ends it as a crash would, and waits until it is gone. */
  kill(): Promise<void>;
  /** Starts it again after `kill`, with its database and on its ports. */
  restart(): Promise<void>;
  /** Stops it and removes its database. */
  stop(): Promise<void>;
}

/** A server of the test's own, for other dynamic configuration or for killing. */
export async function startTestServer(given: TestServerOptions = {}): Promise<TestServer> {
  const folder = mkdtempSync(join(tmpdir(), 'strata-server-'));
  const options = {
    executable: sharedServer().executable,
    databaseFile: join(folder, 'temporal.sqlite'),
    logFile: join(folder, 'server.log'),
    stateFile: join(folder, 'server.json'),
    preferredPort: await freePort(),
    preferredUiPort: await freePort(),
    report: (line: string) => process.stderr.write(`[temporal] ${line}\n`),
    ...given,
  };
  let server = await startDevServer(options);
  const { address, port, uiPort } = server;
  return {
    address,
    kill: async () => {
      process.kill(server.pid, 'SIGKILL');
      await server.exited;
    },
    restart: async () => {
      server = await startDevServer({ ...options, preferredPort: port, preferredUiPort: uiPort });
      if (server.address !== address)
        throw new Error(`the server is back at another port: ${server.address}`);
    },
    stop: async () => {
      await server.stop();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
