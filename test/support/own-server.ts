import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Client, Connection } from '@temporalio/client';
import { afterAll, afterEach, beforeAll } from 'vitest';
import { SEARCH_ATTRIBUTES } from '../../src/names.ts';
import { killChildren } from './child.ts';
import { startTestServer, type TestServer } from './temporal.ts';

/** What a test file that kills processes has for itself. */
export interface OwnServer {
  readonly folder: string;
  readonly server: TestServer;
  readonly client: Client;
}

/** A server, a client and a folder from before the first test to after the last; call it inside `describe`. */
export function useOwnServer(): () => OwnServer {
  let own: OwnServer;

  beforeAll(async () => {
    const server = await startTestServer({ searchAttributes: SEARCH_ATTRIBUTES });
    const client = new Client({ connection: await Connection.connect({ address: server.address }) });
    own = { folder: mkdtempSync(join(tmpdir(), 'strata-faults-')), server, client };
  });

  // A test that failed has left its worker running, and the next one's would find the data folder in use.
  afterEach(killChildren);

  afterAll(async () => {
    await killChildren();
    await own.client.connection.close();
    await own.server.stop();
    rmSync(own.folder, { recursive: true, force: true });
  });

  return () => own;
}
