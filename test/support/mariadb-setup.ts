import type { TestProject } from 'vitest/node';
import { ensureMariaDb, startMariaDb, type MariaDb } from './mariadb.ts';

declare module 'vitest' {
  interface ProvidedContext {
    /** The server's URL without a database; null when this machine has none: the tests that need one are skipped. */
    mariaDbUrl: string | null;
  }
}

/** vitest evaluates this file once per project, in one process; the projects share what is made. */
const projects: typeof globalThis & { strataMariaDb?: Promise<MariaDb | null> } = globalThis;

/** One real server for all test files, each test in a database of its own. */
export default async function setUpMariaDb(project: TestProject): Promise<() => Promise<void>> {
  projects.strataMariaDb ??= tryStart();
  const server = await projects.strataMariaDb;
  project.provide('mariaDbUrl', server?.url ?? null);
  return async () => {
    await server?.stop();
  };
}

async function tryStart(): Promise<MariaDb | null> {
  try {
    await ensureMariaDb(say);
    return await startMariaDb();
  } catch (error) {
    say(`NO MARIADB: every test that needs one is SKIPPED.\n${String(error)}`);
    return null;
  }
}

function say(line: string): void {
  process.stderr.write(`[mariadb] ${line}\n`);
}
