import type { TestProject } from 'vitest/node';
import { ELASTIC_VERSION } from './elastic/distribution.ts';
import { startElasticServer, type ElasticServer } from './elastic/server.ts';

export interface SharedElastic {
  readonly port: number;
  readonly url: string;
  readonly version: string;
}

declare module 'vitest' {
  interface ProvidedContext {
    /** null when this machine has no Elasticsearch: the tests that need one are skipped. */
    elasticServer: SharedElastic | null;
  }
}

/** vitest evaluates this file once per project, in one process; the projects share the server. */
const projects: typeof globalThis & { strataElastic?: Promise<ElasticServer | null> } = globalThis;

/** One real Elasticsearch for all test files; made before any test's time limit starts to run. */
export default async function setUpElastic(project: TestProject): Promise<() => Promise<void>> {
  projects.strataElastic ??= tryStart();
  const server = await projects.strataElastic;
  project.provide(
    'elasticServer',
    server === null ? null : { port: server.port, url: server.url, version: server.version },
  );
  return async () => server?.stop();
}

async function tryStart(): Promise<ElasticServer | null> {
  const version = process.env['STRATA_TEST_ELASTIC_VERSION'] ?? ELASTIC_VERSION;
  try {
    return await startElasticServer(version, say);
  } catch (error) {
    say(`NO ELASTICSEARCH ${version}: every test that needs one is SKIPPED.\n${String(error)}`);
    return null;
  }
}

function say(line: string): void {
  process.stderr.write(`[elasticsearch] ${line}\n`);
}
