import { existsSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { bundleWorkflowCode, DefaultLogger } from '@temporalio/worker';
import type { TestProject } from 'vitest/node';
import { SEARCH_ATTRIBUTES } from '../../src/names.ts';
import { startDevServer, type DevServer } from '../../src/temporal-server/dev-server.ts';
import { findTemporalExecutable } from '../../src/temporal-server/find-executable.ts';
import { freePort } from '../../src/temporal-server/ports.ts';

export const WORKFLOWS_FOLDER = fileURLToPath(new URL('../../src/workflows', import.meta.url));

export interface SharedServer {
  readonly address: string;
  readonly uiAddress: string;
  readonly executable: string;
}

declare module 'vitest' {
  interface ProvidedContext {
    /** null when this machine has no Temporal server: the tests that need one are skipped. */
    temporalServer: SharedServer | null;
    /** null while src/workflows has no workflow. */
    workflowBundlePath: string | null;
  }
}

/** One real server and one workflow bundle for all test files; made before any test's time limit starts to run. */
export default async function setUpTemporal(project: TestProject): Promise<() => Promise<void>> {
  const folder = mkdtempSync(join(tmpdir(), 'strata-test-'));
  const server = await tryStart(folder);
  project.provide('temporalServer', server === null ? null : server.shared);
  project.provide('workflowBundlePath', await bundleWorkflows(folder));
  return async () => {
    await server?.server.stop();
    rmSync(folder, { recursive: true, force: true });
  };
}

async function tryStart(folder: string): Promise<{ server: DevServer; shared: SharedServer } | null> {
  try {
    const executable = await findTemporalExecutable({ env: process.env, report: say });
    const server = await startDevServer({
      executable: executable.path,
      databaseFile: join(folder, 'temporal.sqlite'),
      logFile: join(folder, 'server.log'),
      stateFile: join(folder, 'server.json'),
      preferredPort: await freePort(),
      preferredUiPort: await freePort(),
      report: say,
      searchAttributes: SEARCH_ATTRIBUTES,
    });
    const { address, uiAddress } = server;
    return { server, shared: { address, uiAddress, executable: executable.path } };
  } catch (error) {
    say(`NO TEMPORAL SERVER: every test that needs one is SKIPPED.\n${String(error)}`);
    return null;
  }
}

async function bundleWorkflows(folder: string): Promise<string | null> {
  if (!existsSync(WORKFLOWS_FOLDER) || readdirSync(WORKFLOWS_FOLDER).length === 0) return null;
  const { code } = await bundleWorkflowCode({
    workflowsPath: WORKFLOWS_FOLDER,
    logger: new DefaultLogger('WARN'),
  });
  const path = join(folder, 'workflows.cjs');
  writeFileSync(path, code);
  return path;
}

function say(line: string): void {
  process.stderr.write(`[temporal] ${line}\n`);
}
