import { execFileSync, spawn, type ChildProcess } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import {
  chownSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  closeSync,
  readFileSync,
  rmSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { createConnection } from 'mysql2/promise';
import { freePort } from '../../src/temporal-server/ports.ts';
import { runCommand } from '../../src/temporal-server/run-command.ts';

const DEBIAN_PACKAGE = 'mariadb-server';
const INSTALL_WITHIN_MS = 10 * 60_000;
const UP_WITHIN_MS = 60_000;

/** Needs escaping in a URL, so that every test also shows that a password may be anything. */
const PASSWORD = 'p@ss:w/ord %';

/** A real MariaDB of the tests' own, with a data folder and a port nobody else uses. */
export interface MariaDb {
  readonly url: string;
  /** As a crash would end it, and waits until it is gone. */
  kill(): Promise<void>;
  /** Starts it again after `kill`, on its data and its port. */
  restart(): Promise<void>;
  /** Stops it and removes its data. */
  stop(): Promise<void>;
}

/** Debian's MariaDB 10.11, installed when it is missing and we may; throws where it cannot be had. */
export async function ensureMariaDb(report: (line: string) => void): Promise<void> {
  if (isInstalled()) return;
  if (process.getuid?.() !== 0 || !existsSync('/usr/bin/apt-get'))
    throw new Error(`there is no mariadbd here: apt-get install ${DEBIAN_PACKAGE}`);
  report(`installing ${DEBIAN_PACKAGE} with apt-get, about 40 s …`);
  const options = {
    env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' },
    cwd: '/',
    timeoutMs: INSTALL_WITHIN_MS,
  };
  await runCommand('apt-get', ['update', '-q'], options);
  await runCommand('apt-get', ['install', '-y', '-q', '--no-install-recommends', DEBIAN_PACKAGE], options);
}

function isInstalled(): boolean {
  return ['/usr/sbin/mariadbd', '/usr/bin/mariadbd'].some((path) => existsSync(path));
}

/** Started as the distribution leaves it, in latin1 and a zone far from UTC: what we need, we must ask for. */
export async function startMariaDb(): Promise<MariaDb> {
  const folder = mkdtempSync(join(tmpdir(), 'strata-db-'));
  const owner = serverUser();
  if (owner.ids !== null) chownSync(folder, owner.ids.uid, owner.ids.gid);
  const dataFolder = join(folder, 'data');
  mkdirSync(dataFolder);
  execFileSync(
    'mariadb-install-db',
    [
      '--no-defaults',
      `--user=${owner.name}`,
      `--datadir=${dataFolder}`,
      '--auth-root-authentication-method=normal',
      '--skip-test-db',
    ],
    { stdio: 'pipe' },
  );
  const port = await freePort();
  const logFile = join(folder, 'log');
  const start = async (): Promise<ChildProcess> => {
    const server = launch({ folder, dataFolder, logFile, port, ids: owner.ids });
    await untilUp(server, port, logFile);
    return server;
  };
  let server = await start();
  await createUser(port);
  return {
    url: `mysql://strata:${encodeURIComponent(PASSWORD)}@127.0.0.1:${port}`,
    kill: () => end(server, 'SIGKILL'),
    restart: async () => {
      server = await start();
    },
    stop: async () => {
      await end(server, 'SIGTERM');
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** The server refuses to run as root. */
function serverUser(): { name: string; ids: { uid: number; gid: number } | null } {
  const idOf = (...args: string[]): string => execFileSync('id', args, { encoding: 'utf8' }).trim();
  if (process.getuid?.() !== 0) return { name: idOf('-un'), ids: null };
  return { name: 'mysql', ids: { uid: Number(idOf('-u', 'mysql')), gid: Number(idOf('-g', 'mysql')) } };
}

interface LaunchOptions {
  readonly folder: string;
  readonly dataFolder: string;
  readonly logFile: string;
  readonly port: number;
  readonly ids: { readonly uid: number; readonly gid: number } | null;
}

function launch({ folder, dataFolder, logFile, port, ids }: LaunchOptions): ChildProcess {
  const log = openSync(logFile, 'a');
  const args = [
    '--no-defaults',
    `--datadir=${dataFolder}`,
    `--socket=${join(folder, 's.sock')}`,
    `--port=${port}`,
    '--bind-address=127.0.0.1',
    `--pid-file=${join(dataFolder, 'pid')}`,
    '--skip-name-resolve',
    '--innodb-buffer-pool-size=256M',
    '--default-time-zone=+05:30',
  ];
  const server = spawn('mariadbd', args, { stdio: ['ignore', log, log], ...ids });
  closeSync(log);
  const killWithUs = (): void => void server.kill('SIGKILL');
  process.on('exit', killWithUs);
  server.once('exit', () => process.off('exit', killWithUs));
  return server;
}

async function untilUp(server: ChildProcess, port: number, logFile: string): Promise<void> {
  const deadline = Date.now() + UP_WITHIN_MS;
  for (;;) {
    try {
      const connection = await createConnection({ host: '127.0.0.1', port, user: 'root' });
      await connection.end();
      return;
    } catch (cause) {
      const ended = server.exitCode !== null || server.signalCode !== null;
      if (ended || Date.now() > deadline)
        throw new Error(`mariadbd is not up:\n${readFileSync(logFile, 'utf8').slice(-2_000)}`, { cause });
      await delay(100);
    }
  }
}

async function createUser(port: number): Promise<void> {
  const connection = await createConnection({ host: '127.0.0.1', port, user: 'root' });
  await connection.query(`CREATE USER 'strata'@'127.0.0.1' IDENTIFIED BY ${connection.escape(PASSWORD)}`);
  await connection.query(`GRANT ALL ON *.* TO 'strata'@'127.0.0.1'`);
  await connection.end();
}

/** The URL of a new database on the server of this URL. */
export async function createEmptyDatabase(server: string): Promise<string> {
  const name = `strata_${randomUUID().replaceAll('-', '')}`;
  const connection = await createConnection(server);
  await connection.query(`CREATE DATABASE ${name}`);
  await connection.end();
  return `${server}/${name}`;
}

async function end(server: ChildProcess, signal: NodeJS.Signals): Promise<void> {
  if (server.exitCode !== null || server.signalCode !== null) return;
  const ended = new Promise<void>((resolve) => server.once('exit', () => resolve()));
  server.kill(signal);
  await ended;
}
