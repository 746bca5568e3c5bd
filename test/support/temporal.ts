import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, inject } from 'vitest';
import { startDevServer, type DevServer } from '../../src/temporal-server/dev-server.ts';
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

export interface TestServer extends DevServer {
  readonly folder: string;
}

/** A server of the test's own, for other dynamic configuration or for killing. Stopped and removed by `stop`. */
export async function startTestServer(options: TestServerOptions = {}): Promise<TestServer> {
  const folder = mkdtempSync(join(tmpdir(), 'strata-server-'));
  const server = await startDevServer({
    executable: sharedServer().executable,
    databaseFile: join(folder, 'temporal.sqlite'),
    logFile: join(folder, 'server.log'),
    stateFile: join(folder, 'server.json'),
    preferredPort: await freePort(),
    preferredUiPort: await freePort(),
    report: (line) => process.stderr.write(`[temporal] ${line}\n`),
    ...options,
  });
  return {
    ...server,
    folder,
    stop: async () => {
      await server.stop();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
