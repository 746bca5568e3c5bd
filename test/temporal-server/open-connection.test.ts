import { EventEmitter, once } from 'node:events';
import { createServer, type ServerHttp2Session, type ServerHttp2Stream } from 'node:http2';
import type { AddressInfo } from 'node:net';
import { expect, onTestFinished, test, vi } from 'vitest';
import { openConnection } from '../../src/temporal-server/open-connection.ts';

const UNAVAILABLE = '14';

interface StandIn {
  readonly address: string;
  readonly calls: () => number;
  /** Settles when the first call has come in. */
  readonly called: Promise<unknown>;
  /** As a server that is stopped. */
  end(): void;
}

async function startServer(onCall: (stream: ServerHttp2Stream) => void): Promise<StandIn> {
  const sessions = new Set<ServerHttp2Session>();
  let calls = 0;
  const server = createServer();
  server.on('session', (session) => sessions.add(session));
  server.on('stream', (stream) => {
    calls += 1;
    // Its end may be what the test is about.
    stream.on('error', () => undefined);
    onCall(stream);
  });
  const called = once(server, 'stream');
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const end = (): void => {
    for (const session of sessions) session.destroy();
    server.close();
  };
  onTestFinished(end);
  const address = `127.0.0.1:${(server.address() as AddressInfo).port}`;
  return { address, calls: () => calls, called, end };
}

const refuse = (stream: ServerHttp2Stream): void =>
  stream.respond(
    { ':status': 200, 'content-type': 'application/grpc', 'grpc-status': UNAVAILABLE },
    { endStream: true },
  );

/** Long enough to close the connection in. */
const PAUSE_MS = 300;

test('a call that waits to be tried again is waited for, and not tried on a closed connection', async () => {
  const server = await startServer(refuse);
  const pauses = new EventEmitter();
  const delayFunction = vi.fn(() => {
    pauses.emit('begun');
    return PAUSE_MS;
  });
  const connection = openConnection(
    { address: server.address },
    { retryableDecider: () => true, delayFunction },
  );
  const pausing = once(pauses, 'begun');
  const call = connection.workflowService.getSystemInfo({});
  const refused = expect(call).rejects.toThrow('UNAVAILABLE');
  await pausing;

  await connection.close();

  await refused;
  expect(delayFunction).toHaveBeenCalledOnce();
});

test('a call that has no answer is given up, and the end of the server does not try it again', async () => {
  const server = await startServer(() => undefined);
  const connection = openConnection({ address: server.address });
  const call = connection.workflowService.getSystemInfo({});
  const given = expect(call).rejects.toThrow('UNAVAILABLE: the connection is being closed');
  await server.called;

  await connection.close();
  server.end();

  await given;
  expect(server.calls()).toBe(1);
});

test('a connection without calls under way is closed at once, and more than once', async () => {
  const server = await startServer(refuse);
  const connection = openConnection(
    { address: server.address },
    { retryableDecider: () => false, delayFunction: () => PAUSE_MS },
  );
  await expect(connection.workflowService.getSystemInfo({})).rejects.toThrow('UNAVAILABLE');

  await Promise.all([connection.close(), connection.close()]);

  await expect(connection.workflowService.getSystemInfo({})).rejects.toThrow('shut down');
});

test('until it is closed, calls are tried again', async () => {
  const server = await startServer(refuse);
  const connection = openConnection(
    { address: server.address },
    { retryableDecider: (attempt) => attempt < 3, delayFunction: () => 1 },
  );
  onTestFinished(() => connection.close());

  await expect(connection.workflowService.getSystemInfo({})).rejects.toThrow('UNAVAILABLE');

  expect(server.calls()).toBe(3);
});
