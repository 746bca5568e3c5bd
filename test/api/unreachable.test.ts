import { createServer as createHttpServer, type RequestListener } from 'node:http';
import { createServer, type AddressInfo, type Server } from 'node:net';
import { expect, onTestFinished, test } from 'vitest';
import { createHttpOperations, readAbout } from '../../src/api/http-operations.ts';
import { freePort } from '../../src/temporal-server/ports.ts';

async function urlOf(server: Server): Promise<string> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => void server.close());
  const { port } = server.address() as AddressInfo;
  return `http://127.0.0.1:${port}`;
}

function answering(listener: RequestListener): Promise<string> {
  const server = createHttpServer(listener);
  onTestFinished(() => server.closeAllConnections());
  return urlOf(server);
}

test('where nobody listens, that is said with what to check', async () => {
  const url = `http://127.0.0.1:${await freePort()}`;

  await expect(createHttpOperations(url).segments()).rejects.toMatchObject({
    name: 'ApiUnreachable',
    kind: 'refused',
    message: expect.stringMatching(/^No Strata API is at http:.* \(ECONNREFUSED\)\. .*STRATA_API_URL/),
  });
});

test('a process that takes the connection and says nothing is busy or stopped, not absent', async () => {
  const url = await urlOf(createServer((socket) => onTestFinished(() => void socket.destroy())));

  await expect(readAbout(url, 200)).rejects.toMatchObject({
    kind: 'silent',
    message: expect.stringContaining('has not answered in time'),
  });
});

test.each<[string, RequestListener, string]>([
  ['a page of somebody else', (_, response) => void response.end('<html>'), 'its answer is no JSON'],
  ['another service', (_, response) => void response.end('{"service":"other"}'), 'it is another service'],
  [
    'a proxy without its service',
    (_, response) => void response.writeHead(502).end('{}'),
    'it answered with status 502',
  ],
  ['a connection that breaks', (request) => void request.socket.destroy(), 'the connection broke'],
])('%s is told from Strata', async (_, listener, message) => {
  const url = await answering(listener);

  await expect(readAbout(url, 2_000)).rejects.toMatchObject({
    kind: 'strange',
    message: expect.stringContaining(message),
  });
});
