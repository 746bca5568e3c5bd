import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Client, Connection } from '@temporalio/client';
import { expect, onTestFinished, test } from 'vitest';
import { UserError } from '../../src/domain/errors.ts';
import {
  startDevServer,
  type DevServer,
  type DevServerOptions,
} from '../../src/temporal-server/dev-server.ts';
import { keepDevServer } from '../../src/temporal-server/keep-server.ts';
import { isServerOf } from '../../src/temporal-server/left-behind.ts';
import { freePort } from '../../src/temporal-server/ports.ts';
import { becomesHealthy } from '../../src/temporal-server/server-health.ts';
import { describeWithTemporal, sharedServer } from '../support/temporal.ts';
import { aFolder, aScript } from './sandbox.ts';

interface Setup {
  readonly options: DevServerOptions;
  readonly lines: string[];
}

async function aSetup(folder = aFolder()): Promise<Setup> {
  const lines: string[] = [];
  const options: DevServerOptions = {
    executable: sharedServer().executable,
    databaseFile: join(folder, 'temporal.sqlite'),
    logFile: join(folder, 'server.log'),
    stateFile: join(folder, 'server.json'),
    preferredPort: await freePort(),
    preferredUiPort: await freePort(),
    report: (line) => lines.push(line),
  };
  return { options, lines };
}

async function start(options: DevServerOptions): Promise<DevServer> {
  const server = await startDevServer(options);
  onTestFinished(() => server.stop());
  return server;
}

async function connect({ address }: { readonly address: string }): Promise<Client> {
  const connection = await Connection.connect({ address });
  onTestFinished(() => connection.close());
  return new Client({ connection });
}

/** Starts a server from another process, kills that process, and leaves the server behind. */
async function leaveBehind({ options }: Setup, folder: string): Promise<number> {
  const script = fileURLToPath(new URL('parent.ts', import.meta.url));
  const { executable, preferredPort, preferredUiPort } = options;
  const args = [executable, folder, String(preferredPort), String(preferredUiPort)];
  const parent = spawn(process.execPath, ['--import', 'tsx', script, ...args], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const [chunk] = (await once(parent.stdout, 'data')) as [Buffer];
  const pid = Number(chunk.toString());
  onTestFinished(() => killIfOurs(options, pid));
  parent.kill('SIGKILL');
  await once(parent, 'exit');
  return pid;
}

async function killIfOurs({ databaseFile }: DevServerOptions, pid: number): Promise<void> {
  if (await isServerOf(databaseFile, pid)) process.kill(pid, 'SIGKILL');
}

describeWithTemporal('the development server', () => {
  test('keeps its workflows and search attributes over kill -9, on the same port, and its client reconnects', async () => {
    const { options } = await aSetup();
    const searchAttributes = { Kept: 'Keyword' } as const;
    const first = await start({ ...options, searchAttributes });
    const client = await connect(first);
    await client.workflow.start('nobody', { taskQueue: 'nobody', workflowId: 'kept', startDelay: '1 hour' });

    process.kill(first.pid, 'SIGKILL');
    await expect(first.exited).resolves.toBe('SIGKILL');
    const second = await start({ ...options, searchAttributes });

    expect(second.address).toBe(first.address);
    const description = () => client.workflow.getHandle('kept').describe();
    await expect.poll(description, { timeout: 15_000 }).toMatchObject({ status: { name: 'RUNNING' } });
  });

  test('stop returns when the process is gone and its port is free', async () => {
    const { options } = await aSetup();
    const server = await start(options);

    await server.stop();

    await expect(server.exited).resolves.toBe('exit code 0');
    expect(await freedPort(server.port)).toBe(true);
    await server.stop();
  });

  test('two servers run side by side', async () => {
    const [one, two] = await Promise.all([aSetup(), aSetup()]);

    const servers = await Promise.all([start(one.options), start(two.options)]);

    const probes = servers.map(({ address }) =>
      becomesHealthy({ address, namespace: 'default', timeoutMs: 5_000 }),
    );
    await expect(Promise.all(probes)).resolves.toEqual([true, true]);
  });

  test('a port in use is replaced by a free one, and that is said', async () => {
    const { options, lines } = await aSetup();
    const holder = createServer();
    await new Promise<void>((resolve) => holder.listen(options.preferredPort, '127.0.0.1', resolve));
    onTestFinished(() => void holder.close());

    const server = await start(options);

    expect(server.port).not.toBe(options.preferredPort);
    expect(lines).toContain(`port ${options.preferredPort} is taken: Temporal uses ${server.port}`);
  });

  test('takes dynamic configuration', async () => {
    const { options } = await aSetup();
    const server = await start({ ...options, dynamicConfig: { 'limit.maxIDLength': '20' } });
    const client = await connect(server);

    const starting = client.workflow.start('nobody', {
      taskQueue: 'nobody',
      workflowId: 'longer-than-twenty-characters',
    });

    await expect(starting).rejects.toMatchObject({ cause: { details: 'WorkflowId length exceeds limit.' } });
  });

  test('a folder that cannot be written is one message, before anything is started', async () => {
    const { options } = await aSetup();
    const taken = join(aFolder(), 'taken');
    writeFileSync(taken, 'a file');

    const starting = startDevServer({ ...options, databaseFile: join(taken, 'temporal.sqlite') });

    await expect(starting).rejects.toBeInstanceOf(UserError);
    await expect(starting).rejects.toThrow(`the Temporal server's folder ${taken} cannot be written`);
  });

  test('a server that nobody could find again is not left running', async () => {
    const { options } = await aSetup();
    symlinkSync(join(aFolder(), 'nowhere', 'server.json'), options.stateFile);

    await expect(startDevServer(options)).rejects.toThrow('ENOENT');

    expect(execFileSync('ps', ['-eo', 'args'], { encoding: 'utf8' })).not.toContain(options.databaseFile);
  });

  test('a server that cannot start is an error with the end of its own log', async () => {
    const { options } = await aSetup();
    const executable = aScript(join(aFolder(), 'temporal'), 'echo "no room on the disk" >&2', 'exit 3');

    const starting = startDevServer({ ...options, executable });

    await expect(starting).rejects.toThrow(UserError);
    await expect(starting).rejects.toThrow(/ended while starting \(exit code 3\).*no room on the disk/s);
  });
});

async function freedPort(port: number): Promise<boolean> {
  const server = createServer();
  server.listen(port, '127.0.0.1');
  await once(server, 'listening');
  server.close();
  return true;
}

describeWithTemporal('a server left behind by a killed process', () => {
  test('is adopted, with everything in it', async () => {
    const folder = aFolder();
    const setup = await aSetup(folder);
    const pid = await leaveBehind(setup, folder);

    const server = await start(setup.options);

    expect(server.pid).toBe(pid);
    expect(setup.lines).toEqual([
      `Temporal server was still running (process ${pid}) at ${server.address}: using it`,
    ]);
    await server.stop();
    await expect(isServerOf(setup.options.databaseFile, pid)).resolves.toBe(false);
  });

  test('is stopped and replaced when it was started with other settings', async () => {
    const folder = aFolder();
    const setup = await aSetup(folder);
    const pid = await leaveBehind(setup, folder);

    const server = await start({ ...setup.options, dynamicConfig: { 'frontend.rps': '5000' } });

    expect(server.pid).not.toBe(pid);
    await expect(isServerOf(setup.options.databaseFile, pid)).resolves.toBe(false);
    expect(server.port).toBe(setup.options.preferredPort);
  });

  test('its end is noticed although it is not our child', async () => {
    const folder = aFolder();
    const setup = await aSetup(folder);
    const pid = await leaveBehind(setup, folder);
    const server = await start(setup.options);

    process.kill(pid, 'SIGKILL');

    await expect(server.exited).resolves.toBe('it ended by itself or was killed');
  });

  test('a process that merely has its number is left alone', async () => {
    const { options } = await aSetup();
    const stranger = spawn('sleep', ['600']);
    onTestFinished(() => void stranger.kill('SIGKILL'));
    const { databaseFile, preferredPort: port, preferredUiPort: uiPort } = options;
    writeFileSync(
      options.stateFile,
      JSON.stringify({ pid: stranger.pid, port, uiPort, databaseFile, startedWith: 'something' }),
    );

    const server = await start(options);

    expect(server.pid).not.toBe(stranger.pid);
    expect(stranger.exitCode ?? stranger.signalCode).toBeNull();
  });

  test('half a record is ignored', async () => {
    const { options } = await aSetup();
    writeFileSync(options.stateFile, '{"pid": 12');

    await expect(start(options)).resolves.toMatchObject({ port: options.preferredPort });
  });
});

describeWithTemporal('a kept server', () => {
  test('is back on its port after it died under us', async () => {
    const { options, lines } = await aSetup();
    const kept = await keepDevServer(options);
    onTestFinished(() => kept.stop());
    const client = await connect(kept);
    await client.workflow.start('nobody', { taskQueue: 'nobody', workflowId: 'kept', startDelay: '1 hour' });

    const { pid } = JSON.parse(readFileSync(options.stateFile, 'utf8')) as { pid: number };
    process.kill(pid, 'SIGKILL');

    await expect
      .poll(() => lines, { timeout: 20_000 })
      .toContain(`Temporal server is back at ${kept.address}`);
    const description = () => client.workflow.getHandle('kept').describe();
    await expect.poll(description, { timeout: 15_000 }).toMatchObject({ status: { name: 'RUNNING' } });
  });
});
