import { execFileSync, spawn, spawnSync } from 'node:child_process';
import { chown, copyFile, mkdir, mkdtemp, open, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { userInfo } from 'node:os';
import { join } from 'node:path';
import { freePort } from '../../../src/temporal-server/ports.ts';
import { ELASTIC_FOLDER, findDistribution } from './distribution.ts';

export interface ElasticServer {
  readonly version: string;
  readonly port: number;
  readonly url: string;
  /** Ends it as a crash would, and waits until it is gone. */
  kill(): Promise<void>;
  /** Starts it again after `kill`, with its data and on its port. */
  restart(): Promise<void>;
  /** Ends it and removes its data. */
  stop(): Promise<void>;
}

/** Neighbours that compile have been seen to stretch a boot to 50 s. */
const BOOT_LIMIT_MS = 120_000;

type Report = (line: string) => void;

interface Instance {
  readonly home: string;
  readonly folder: string;
  readonly port: number;
  readonly transportPort: number;
}

/** Small, and compiled no further than a test is worth. */
function quickStart(version: string): readonly string[] {
  // 9.x refuses a document that would fill a twentieth of the heap, four times as long as it is.
  const heap = version.startsWith('9.') ? '1600m' : '640m';
  return ['-Xms256m', `-Xmx${heap}`, '-XX:TieredStopAtLevel=1'];
}

/** A single node on loopback, in a folder of its own; boots in 12 to 50 seconds. */
export async function startElasticServer(
  version: string,
  report: Report,
  jvmOptions: readonly string[] = quickStart(version),
): Promise<ElasticServer> {
  const home = await findDistribution(version, report);
  await removeLeftBehind();
  const folder = await mkdtemp(join(ELASTIC_FOLDER, 'node-'));
  const instance = { home, folder, port: await freePort(), transportPort: await freePort() };
  await configure(instance, version, jvmOptions);
  const kill = async (): Promise<void> => endProcess(await readPid(join(folder, 'pid')));
  await boot(instance);
  return {
    version,
    port: instance.port,
    url: `http://127.0.0.1:${instance.port}`,
    kill,
    restart: () => boot(instance),
    stop: async () => {
      await kill();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

/** Elasticsearch refuses to run as root, and neither should a test's server. */
function serverUser(): { readonly uid: number; readonly gid: number } {
  const { uid, gid } = userInfo();
  if (uid !== 0) return { uid, gid };
  const idOf = (flag: string): number => Number(execFileSync('id', [flag, 'nobody'], { encoding: 'utf8' }));
  return { uid: idOf('-u'), gid: idOf('-g') };
}

async function configure(
  { home, folder, port, transportPort }: Instance,
  version: string,
  options: readonly string[],
): Promise<void> {
  const folders = ['conf', 'data', 'logs', 'tmp'].map((name) => join(folder, name));
  for (const each of folders) await mkdir(each);
  await writeFile(join(folder, 'owner'), String(process.pid));
  await writeFile(
    join(folder, 'conf', 'elasticsearch.yml'),
    [
      `cluster.name: strata-test-${port}`,
      `path.data: ${join(folder, 'data')}`,
      `path.logs: ${join(folder, 'logs')}`,
      'network.host: 127.0.0.1',
      `http.port: ${port}`,
      `transport.port: ${transportPort}`,
      'discovery.type: single-node',
      'cluster.routing.allocation.disk.threshold_enabled: false',
      // 7.13 of this artifact comes without the module that knows the setting.
      ...(version.startsWith('7.') ? [] : ['xpack.security.enabled: false']),
    ].join('\n'),
  );
  const jvm = [...options, '-XX:-AlwaysPreTouch', '-Djava.io.tmpdir=${ES_TMPDIR}'];
  await writeFile(join(folder, 'conf', 'jvm.options'), `${jvm.join('\n')}\n`);
  await copyFile(join(home, 'config', 'log4j2.properties'), join(folder, 'conf', 'log4j2.properties'));
  const { uid, gid } = serverUser();
  for (const each of [folder, ...folders]) await chown(each, uid, gid);
}

async function boot({ home, folder, port }: Instance): Promise<void> {
  const log = await open(join(folder, 'logs', 'boot.log'), 'a');
  const child = spawn(join(home, 'bin', 'elasticsearch'), ['-d', '-p', join(folder, 'pid')], {
    cwd: folder,
    ...serverUser(),
    env: {
      PATH: process.env['PATH'] ?? '',
      HOME: folder,
      ES_JAVA_HOME: javaHome(),
      ES_PATH_CONF: join(folder, 'conf'),
      ES_TMPDIR: join(folder, 'tmp'),
    },
    stdio: ['ignore', log.fd, log.fd],
  });
  const code = await new Promise<number | null>((resolve, reject) =>
    child.once('error', reject).once('exit', resolve),
  );
  await log.close();
  if (code !== 0 || !(await becomesReady(folder, port))) {
    const said = await readFile(join(folder, 'logs', 'boot.log'), 'utf8');
    await endProcess(await readPid(join(folder, 'pid')));
    throw new Error(`Elasticsearch did not start (${code}): ${said.trim().slice(-2_000)}`);
  }
}

/** False when the process has ended; 7.x daemonizes before it listens. */
async function becomesReady(folder: string, port: number): Promise<boolean> {
  const until = Date.now() + BOOT_LIMIT_MS;
  let seen = false;
  while (Date.now() < until) {
    const health = await fetch(`http://127.0.0.1:${port}/_cluster/health?filter_path=status`).catch(
      () => null,
    );
    if (health?.ok === true && /green|yellow/.test(await health.text())) return true;
    const pid = await readPid(join(folder, 'pid'));
    // A node of 7.x that gives up takes its pid file along.
    if (pid === null ? seen : !isServer(pid)) return false;
    seen ||= pid !== null;
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
  return false;
}

function javaHome(): string {
  const { stderr } = spawnSync('java', ['-XshowSettings:properties', '-version'], { encoding: 'utf8' });
  const home = /java\.home = (.+)/.exec(stderr)?.[1];
  if (home === undefined) throw new Error(`java does not say where it lives: ${stderr}`);
  return home.trim();
}

async function readPid(file: string): Promise<number | null> {
  const text = await readFile(file, 'utf8').catch(() => '');
  return text === '' ? null : Number(text);
}

async function endProcess(pid: number | null): Promise<void> {
  if (pid === null || !isServer(pid)) return;
  process.kill(pid, 'SIGKILL');
  while (isServer(pid)) await new Promise((resolve) => setTimeout(resolve, 50));
}

/** A process id may have been given to somebody else since. */
function isServer(pid: number): boolean {
  try {
    return execFileSync('ps', ['-o', 'args=', '-p', String(pid)], { encoding: 'utf8' }).includes(
      ELASTIC_FOLDER,
    );
  } catch {
    return false;
  }
}

/** Servers whose test run was killed before it could end them. */
async function removeLeftBehind(): Promise<void> {
  const nodes = (await readdir(ELASTIC_FOLDER)).filter((name) => name.startsWith('node-'));
  for (const folder of nodes.map((name) => join(ELASTIC_FOLDER, name))) {
    const owner = await readPid(join(folder, 'owner'));
    if (owner === null || isAlive(owner)) continue;
    await endProcess(await readPid(join(folder, 'pid')));
    await rm(folder, { recursive: true, force: true });
  }
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}
