import { createServer, type RequestListener, type Server } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import { readFileSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { fileURLToPath } from 'node:url';
import { afterEach, expect, test } from 'vitest';
import { createClient, type ElasticConnection } from '../../../src/stores/elastic/client.ts';
import { checkServer } from '../../../src/stores/elastic/server-check.ts';
import { describeWithElastic, sharedElastic } from '../../support/elastic.ts';

const open: Server[] = [];
afterEach(() => {
  for (const server of open.splice(0)) server.close();
});

const pem = (name: string) => readFileSync(fileURLToPath(new URL(`fixtures/${name}.pem`, import.meta.url)));

/** A server that answers as one of another product or version does; answers its address. */
function listen(answer: RequestListener, isSecure = false): Promise<string> {
  const server = isSecure
    ? createTlsServer({ key: pem('self-signed-key'), cert: pem('self-signed') }, answer)
    : createServer(answer);
  open.push(server);
  return new Promise((resolve) =>
    server.listen(0, '127.0.0.1', () =>
      resolve(`${isSecure ? 'https' : 'http'}://127.0.0.1:${(server.address() as AddressInfo).port}`),
    ),
  );
}

function answering(status: number, body: unknown): RequestListener {
  return (_, response) => {
    response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
  };
}

const nodes = (...versions: readonly (readonly [string, string | undefined])[]) => ({
  nodes: Object.fromEntries(
    versions.map(([version, flavor], index) => [`node-${index}`, { version, build_flavor: flavor }]),
  ),
});

async function check(host: string, given: Partial<ElasticConnection> = {}): Promise<string> {
  const client = createClient({
    hosts: [host],
    scheme: 'http',
    port: 9200,
    verifyCertificates: true,
    timeoutMs: 5_000,
    ...given,
  });
  try {
    return await checkServer(client);
  } finally {
    await client.close();
  }
}

test.each([
  [
    'OpenSearch',
    nodes(['2.11.0', undefined]),
    'version 2.11.0 of another product, OpenSearch by the look of it',
  ],
  ['an Elasticsearch that is too old', nodes(['7.10.2', 'default']), 'Elasticsearch 7.10.2'],
  ['one that is not known yet', nodes(['10.0.0', 'default']), 'Elasticsearch 10.0.0'],
  ['a cluster with one old node', nodes(['8.19.2', 'default'], ['6.8.23', 'oss']), 'Elasticsearch 6.8.23'],
])('%s is refused by name', async (_, body, name) => {
  await expect(check(await listen(answering(200, body)))).rejects.toMatchObject({
    name: 'UserError',
    message: expect.stringContaining(name) as unknown,
  });
});

test.each(['7.13.2', '7.17.29', '8.0.0', '8.19.2', '9.1.0'])('Elasticsearch %s is taken', async (version) => {
  const host = await listen(answering(200, nodes([version, 'default'])));

  expect(await check(host)).toBe(version);
});

test.each([
  ['a server that does not know the user', 401, {}, 'ELASTIC_HTTP_AUTH_USERNAME'],
  ['a user who may not look at the cluster', 403, {}, 'cluster privilege `monitor`'],
  ['a server that is no Elasticsearch', 404, {}, 'answers 404'],
  ['one that answers something else', 200, { hello: 'world' }, 'not as Elasticsearch does'],
])('%s is told as such', async (_, status, body, message) => {
  await expect(check(await listen(answering(status, body)))).rejects.toMatchObject({
    name: 'UserError',
    message: expect.stringContaining(message) as unknown,
  });
});

test('a server that is not there is told with its address', async () => {
  await expect(check('127.0.0.1:1')).rejects.toMatchObject({
    name: 'UserError',
    message: expect.stringContaining('127.0.0.1:1 cannot be reached') as unknown,
  });
});

test('a certificate is checked, unless its authority is named or the check is off', async () => {
  const host = await listen(answering(200, nodes(['8.19.2', 'default'])), true);

  await expect(check(host)).rejects.toMatchObject({
    name: 'UserError',
    message: expect.stringContaining('ELASTIC_CA_FILE') as unknown,
  });
  const caFile = fileURLToPath(new URL('fixtures/self-signed.pem', import.meta.url));
  expect(await check(host, { caFile })).toBe('8.19.2');
  expect(await check(host, { verifyCertificates: false })).toBe('8.19.2');
});

test('user, API key and its id are sent as the server wants them', async () => {
  const seen: (string | undefined)[] = [];
  const host = await listen((request, response) => {
    seen.push(request.headers.authorization);
    answering(200, nodes(['8.19.2', 'default']))(request, response);
  });

  await check(host, { username: 'me', password: 'päss' });
  await check(host, { apiKey: 'whole-key' });
  await check(host, { apiKey: 'key', apiKeyId: 'id' });

  const base64 = (text: string) => Buffer.from(text).toString('base64');
  expect(seen).toEqual([`Basic ${base64('me:päss')}`, 'ApiKey whole-key', `ApiKey ${base64('id:key')}`]);
});

describeWithElastic('the server under test', () => {
  test('is taken, by whatever way it is named', async () => {
    const { port, url, version } = sharedElastic();

    expect(await check(url)).toBe(version);
    expect(await check('127.0.0.1', { port })).toBe(version);
    expect(await check(`localhost:${port}`)).toBe(version);
  });
});
