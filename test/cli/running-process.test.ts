import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer, type AddressInfo, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, onTestFinished, test } from 'vitest';
import { findRunningProcess, writeProcessRecord } from '../../src/cli/running-process.ts';
import { readConfig } from '../../src/config.ts';
import { UserError } from '../../src/domain/errors.ts';
import { freePort } from '../../src/temporal-server/ports.ts';

let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'strata-running-'));
});

afterEach(() => {
  rmSync(folder, { recursive: true, force: true });
});

async function silent(): Promise<string> {
  const server: Server = createServer((socket) => onTestFinished(() => void socket.destroy()));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => void server.close());
  const { port } = server.address() as AddressInfo;
  return `http://127.0.0.1:${port}`;
}

const find = () => findRunningProcess(readConfig({ STRATA_DATA: folder }));

test('a record whose port nobody serves any more is one that a kill -9 left behind', async () => {
  await writeProcessRecord(folder, { pid: process.pid, api: `http://127.0.0.1:${await freePort()}` });

  expect(await find()).toBeNull();
});

test('a living process that does not answer is named, and its folder is not opened beside it', async () => {
  await writeProcessRecord(folder, { pid: process.pid, api: await silent() });

  const finding = find();

  await expect(finding).rejects.toBeInstanceOf(UserError);
  await expect(finding).rejects.toThrow(`Process ${process.pid} owns the data folder`);
});

test('the port of a process that has ended may be silent: nobody runs', async () => {
  const child = spawn(process.execPath, ['--eval', '']);
  const pid = child.pid ?? 0;
  await new Promise((resolve) => child.once('exit', resolve));
  await writeProcessRecord(folder, { pid, api: await silent() });

  expect(await find()).toBeNull();
});
