import { existsSync, writeFileSync } from 'node:fs';
import { createServer as createHttp2Server } from 'node:http2';
import { createServer, type AddressInfo } from 'node:net';
import { join } from 'node:path';
import { Connection } from '@temporalio/client';
import { expect, onTestFinished, test } from 'vitest';
import { TemporalUnreachable, UserError } from '../../src/domain/errors.ts';
import {
  isTemporalConfigured,
  resolveTemporal,
  type TemporalOptions,
} from '../../src/temporal-server/connect.ts';
import { freePort } from '../../src/temporal-server/ports.ts';
import { describeWithTemporal, sharedServer } from '../support/temporal.ts';
import { aFolder, anEnvironment } from './sandbox.ts';

function options(folder: string, variables: Readonly<Record<string, string>>): TemporalOptions {
  return {
    env: anEnvironment(folder, variables),
    dataDirectory: join(folder, 'data'),
    report: () => undefined,
  };
}

describeWithTemporal('the server Strata uses', () => {
  test('TEMPORAL_ADDRESS is used as it is and nothing is started', async () => {
    const folder = aFolder();
    const { address } = sharedServer();

    const temporal = await resolveTemporal(options(folder, { TEMPORAL_ADDRESS: address }));

    expect(temporal).toMatchObject({ address, namespace: 'default' });
    expect(temporal.uiAddress).toBeUndefined();
    expect(existsSync(join(folder, 'data'))).toBe(false);
    await temporal.stop();
  });

  test('a profile of the standard client configuration counts like TEMPORAL_ADDRESS', async () => {
    const folder = aFolder();
    const { address } = sharedServer();
    const file = join(folder, 'temporal.toml');
    writeFileSync(file, `[profile.staging]\naddress = "${address}"\nnamespace = "default"\n`);
    const env = { TEMPORAL_CONFIG_FILE: file, TEMPORAL_PROFILE: 'staging' };

    const temporal = await resolveTemporal(options(folder, env));

    expect(temporal.address).toBe(address);
    await temporal.stop();
  });

  test('a namespace that the named server does not have is said, with how to make it', async () => {
    const env = { TEMPORAL_ADDRESS: sharedServer().address, TEMPORAL_NAMESPACE: 'elsewhere' };

    const resolving = resolveTemporal(options(aFolder(), env));

    await expect(resolving).rejects.toThrow(
      /no namespace elsewhere.*temporal operator namespace create -n elsewhere/,
    );
  });

  test('without an address a server of our own runs on the data folder, in the namespace asked for', async () => {
    const folder = aFolder();
    const env = { TEMPORAL_CLI_PATH: sharedServer().executable, TEMPORAL_NAMESPACE: 'mine' };
    const temporal = await resolveTemporal({
      ...options(folder, env),
      preferredPort: await freePort(),
      preferredUiPort: await freePort(),
      searchAttributes: { StrataSegment: 'Keyword' },
    });
    onTestFinished(() => temporal.stop());

    const connection = await Connection.connect(temporal.connectionOptions);
    const { customAttributes } = await connection.operatorService.listSearchAttributes({ namespace: 'mine' });
    await connection.close();

    expect(customAttributes).toHaveProperty('StrataSegment');
    expect(temporal.uiAddress).toMatch(/^http:\/\/127\.0\.0\.1:\d+$/);
    expect(existsSync(join(folder, 'data', 'temporal', 'temporal.sqlite'))).toBe(true);
  });
});

test('an address where nothing answers is an error that names it, not a reason to start a server', async () => {
  const folder = aFolder();
  const silent = createServer();
  await new Promise<void>((resolve) => silent.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => void silent.close());
  const address = `127.0.0.1:${(silent.address() as AddressInfo).port}`;

  const error: unknown = await resolveTemporal(options(folder, { TEMPORAL_ADDRESS: address })).catch(
    (reason: unknown) => reason,
  );

  expect(error).toBeInstanceOf(TemporalUnreachable);
  expect((error as TemporalUnreachable).message).toContain(
    `no Temporal server answers at ${address} (tried for 4 s)`,
  );
  expect((error as TemporalUnreachable).message).toContain('unset TEMPORAL_ADDRESS');
  expect(existsSync(join(folder, 'data'))).toBe(false);
});

test('an address where something else answers is told from one where nothing does', async () => {
  const web = createHttp2Server((_, response) => void response.writeHead(404).end());
  await new Promise<void>((resolve) => web.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => void web.close());
  const address = `127.0.0.1:${(web.address() as AddressInfo).port}`;

  const resolving = resolveTemporal(options(aFolder(), { TEMPORAL_ADDRESS: address }));

  await expect(resolving).rejects.toBeInstanceOf(UserError);
  await expect(resolving).rejects.toThrow(`what answers at ${address} is no Temporal server`);
});

test('an unknown profile is an error that names it', async () => {
  const resolving = resolveTemporal(options(aFolder(), { TEMPORAL_PROFILE: 'nobody' }));

  await expect(resolving).rejects.toThrow(/configuration cannot be read: Profile 'nobody' not found/);
});

test('an empty TEMPORAL_ADDRESS is no address', () => {
  expect(isTemporalConfigured(anEnvironment(aFolder(), { TEMPORAL_ADDRESS: '' }))).toBe(false);
  expect(isTemporalConfigured(anEnvironment(aFolder(), { TEMPORAL_ADDRESS: 'temporal:7233' }))).toBe(true);
});
