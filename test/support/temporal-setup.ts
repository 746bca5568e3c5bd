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

interface TestRun {
  readonly server: DevServer | null;
  readonly shared: SharedServer | null;
  readonly bundlePath: string | null;
  readonly folder: string;
}

/** vitest evaluates this file once per project, in one process; the projects share what is made. */
const projects: typeof globalThis & { strataTestRun?: Promise<TestRun> } = globalThis;

/** One real server and one workflow bundle for all test files; made before any test's time limit starts to run. */
export default async function setUpTemporal(project: TestProject): Promise<() => Promise<void>> {
  projects.strataTestRun ??= prepareRun();
  const run = await projects.strataTestRun;
  project.provide('temporalServer', run.shared);
  project.provide('workflowBundlePath', run.bundlePath);
  // Called once per project, at the very end of all of them; both steps may be repeated.
  return async () => {
    await run.server?.stop();
    rmSync(run.folder, { recursive: true, force: true });
  };
}

async function prepareRun(): Promise<TestRun> {
  const folder = mkdtempSync(join(tmpdir(), 'strata-test-'));
  const started = await tryStart(folder);
  const bundlePath = await bundleWorkflows(folder);
  return { server: started?.server ?? null, shared: started?.shared ?? null, bundlePath, folder };
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
