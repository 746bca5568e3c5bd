import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest';
import { importOverHttp, readAbout } from '../../src/api/http-operations.ts';
import type { ImportedTransactions } from '../../src/api/operations.ts';
import { serveApi, type ApiServer } from '../../src/api/serve.ts';
import { UserError } from '../../src/domain/errors.ts';
import type { Stores } from '../../src/workers/open-stores.ts';
import { apiOf } from '../support/api.ts';
import { openFreshStores } from '../support/fresh-stores.ts';
import { createGate } from '../support/gate.ts';

const DISPATCHER = Symbol.for('undici.globalDispatcher.1');
const IMPORTED: ImportedTransactions = {
  orders: 1,
  profiles: 1,
  newProfiles: 1,
  badRows: 0,
  samples: [],
  alreadyImported: false,
};

let folder: string;
let file: string;
let stores: Stores;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'strata-import-'));
  file = join(folder, 'orders.csv');
  writeFileSync(file, 'user_id,order_date,units,amount\n1,2026-11-20,1,2.5\n');
  stores = await openFreshStores();
});

afterAll(async () => {
  await stores.close();
  rmSync(folder, { recursive: true });
});

async function serveImport(importTransactions: Stores['importTransactions']): Promise<ApiServer> {
  const app = apiOf({ ...stores, importTransactions });
  const server = await serveApi(app, { host: '127.0.0.1', port: 0, report: () => undefined });
  onTestFinished(() => server.stop());
  return server;
}

/** Node's fetch waits five minutes for an answer; here the half of a second. */
async function shortenFetch(): Promise<void> {
  // It makes its dispatcher when it is first used.
  await fetch('data:,').then((response) => response.text());
  const holder = globalThis as unknown as Record<symbol, { constructor: unknown }>;
  const before = holder[DISPATCHER] as object;
  const Agent = before.constructor as new (options: object) => { constructor: unknown };
  holder[DISPATCHER] = new Agent({ headersTimeout: 500 });
  onTestFinished(() => void (holder[DISPATCHER] = before));
}

test('an import outlasts the time that fetch waits for an answer', async () => {
  await shortenFetch();
  const begun = createGate();
  const work = createGate();
  const { url } = await serveImport(async ({ stream }) => {
    for await (const _ of stream);
    begun.open();
    await work.wait();
    return IMPORTED;
  });

  const importing = importOverHttp(url, file, undefined);
  await begun.wait();
  const waited = fetch(`${url}/import/transactions`, { method: 'POST', body: 'x' });
  await expect(waited).rejects.toMatchObject({ cause: { code: 'UND_ERR_HEADERS_TIMEOUT' } });
  work.open();

  expect(await importing).toEqual(IMPORTED);
});

test('the server gives a request all the time it needs, and its headers a minute', async () => {
  let asked: Server | undefined;
  const onRequest = (message: unknown): void => {
    asked = (message as { readonly server: Server }).server;
  };
  subscribe('http.server.request.start', onRequest);
  onTestFinished(() => void unsubscribe('http.server.request.start', onRequest));
  const { url } = await serveImport(async () => IMPORTED);

  await readAbout(url, 5_000);

  expect(asked).toMatchObject({ requestTimeout: 0, headersTimeout: 60_000 });
});

test('a refusal before the file is sent is told in its own words', async () => {
  const long = join(folder, 'long.csv');
  writeFileSync(long, Buffer.alloc(20_000_000, 'x'));
  const { url } = await serveImport(async () => {
    throw new UserError('the file has no column user_id');
  });

  await expect(importOverHttp(url, long, undefined)).rejects.toEqual(
    new UserError('the file has no column user_id'),
  );
});

test('a server that goes away in mid-import is told', async () => {
  const server = createServer((request) => request.resume().once('end', () => request.socket.destroy()));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => void server.close());
  const { port } = server.address() as AddressInfo;

  await expect(importOverHttp(`http://127.0.0.1:${port}`, file, undefined)).rejects.toMatchObject({
    name: 'ApiUnreachable',
    message: expect.stringContaining('the connection broke (ECONNRESET)'),
  });
});
