import { readFileSync } from 'node:fs';
import { createSecureServer, createServer, type Http2Server } from 'node:http2';
import type { AddressInfo } from 'node:net';
import { expect, onTestFinished, test } from 'vitest';
import { TemporalUnreachable, UserError } from '../../src/domain/errors.ts';
import { connectExisting, type Target } from '../../src/temporal-server/connect-existing.ts';
import { freePort } from '../../src/temporal-server/ports.ts';
import { describeWithTemporal, sharedServer } from '../support/temporal.ts';

const CERTIFICATE = new URL('../stores/elastic/fixtures/self-signed.pem', import.meta.url);
const KEY = new URL('../stores/elastic/fixtures/self-signed-key.pem', import.meta.url);

async function addressOf(server: Http2Server): Promise<string> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => void server.close());
  return `127.0.0.1:${(server.address() as AddressInfo).port}`;
}

const connect = (address: string, given: Partial<Target> = {}) =>
  connectExisting({
    address,
    namespace: 'default',
    advice: 'Look at the address',
    ...given,
    connectionOptions: { address, ...given.connectionOptions },
  });

test('where nobody listens, that is said in the words of the network', async () => {
  const address = `127.0.0.1:${await freePort()}`;

  const connecting = connect(address);

  await expect(connecting).rejects.toBeInstanceOf(TemporalUnreachable);
  await expect(connecting).rejects.toThrow(
    `no Temporal server answers at ${address} (connect ECONNREFUSED ${address}). Look at the address`,
  );
});

test('an address that is none is a mistake, said with what is expected', async () => {
  const connecting = connect('http://127.0.0.1:7233');

  await expect(connecting).rejects.toBeInstanceOf(UserError);
  await expect(connecting).rejects.toThrow(
    /^no connection to http:[^]*'hostname:port'; got [^]*Look at the address/,
  );
});

test('a certificate that nobody vouches for is told from a server that is away', async () => {
  const address = await addressOf(
    createSecureServer({ key: readFileSync(KEY), cert: readFileSync(CERTIFICATE) }),
  );

  const connecting = connect(address, { connectionOptions: { tls: { serverNameOverride: 'localhost' } } });

  await expect(connecting).rejects.toBeInstanceOf(TemporalUnreachable);
  await expect(connecting).rejects.toThrow(
    `what answers at ${address} does not take our connection (self-signed certificate): TLS is for both sides`,
  );
});

test('TLS to a server that has none is said', async () => {
  const address = await addressOf(createServer());

  const connecting = connect(address, { connectionOptions: { tls: { serverNameOverride: 'localhost' } } });

  await expect(connecting).rejects.toThrow(/does not take our connection \(TLS: wrong version number\)/);
});

test('no TLS to a server that wants it is said', async () => {
  const address = await addressOf(
    createSecureServer({ key: readFileSync(KEY), cert: readFileSync(CERTIFICATE) }),
  );

  await expect(connect(address)).rejects.toThrow(
    /does not take our connection \(it closed the connection\).*TEMPORAL_TLS/,
  );
});

test.each([
  ['UNAUTHENTICATED', 16],
  ['PERMISSION_DENIED', 7],
])('an answer of %s is about our credentials', async (_, status) => {
  const server = createServer();
  server.on('stream', (stream) =>
    stream.respond(
      {
        ':status': 200,
        'content-type': 'application/grpc',
        'grpc-status': status,
        'grpc-message': 'who are you',
      },
      { endStream: true },
    ),
  );
  const address = await addressOf(server);

  const connecting = connect(address);

  await expect(connecting).rejects.toBeInstanceOf(UserError);
  await expect(connecting).rejects.toThrow(
    `the Temporal server at ${address} refuses our credentials (who are you): check TEMPORAL_API_KEY`,
  );
});

describeWithTemporal('a Temporal server', () => {
  test('that has the namespace is connected to', async () => {
    const connection = await connect(sharedServer().address);

    await connection.close();
  });
});
