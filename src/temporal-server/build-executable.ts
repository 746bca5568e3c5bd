import { execFile } from 'node:child_process';
import { mkdtemp, readdir, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { CLI_VERSION, executableName, type Environment } from './executable-cache.ts';
import { checkExecutable } from './check-executable.ts';
import { describeMillis, runCommand } from './run-command.ts';

const CLI_PACKAGE = `github.com/temporalio/cli/cmd/temporal@v${CLI_VERSION}`;
const OLDEST_GO = { major: 1, minor: 25 };
const GO_VERSION_TIMEOUT_MS = 15_000;
const BUILD_TIMEOUT_MS = 30 * 60_000;
const SIGN_OF_LIFE_MS = 15_000;

export interface BuildOptions {
  readonly env: Environment;
  readonly folder: string;
  readonly target: string;
  readonly report: (line: string) => void;
  readonly signal?: AbortSignal | undefined;
}

/** Why Go cannot build the server here, or undefined when it can. */
export async function reasonGoCannotBuild(env: Environment): Promise<string | undefined> {
  try {
    const { stdout } = await promisify(execFile)('go', ['version'], {
      env: { ...env },
      timeout: GO_VERSION_TIMEOUT_MS,
      killSignal: 'SIGKILL',
    });
    const [, major = '0', minor = '0'] = /go(\d+)\.(\d+)/.exec(stdout) ?? [];
    const isNewEnough =
      Number(major) > OLDEST_GO.major ||
      (Number(major) === OLDEST_GO.major && Number(minor) >= OLDEST_GO.minor);
    return isNewEnough ? undefined : `Go 1.25 or newer is needed, and this is ${stdout.trim()}`;
  } catch (error) {
    const isMissing = error instanceof Error && 'code' in error && error.code === 'ENOENT';
    return isMissing ? 'Go is not installed' : `go version failed: ${String(error)}`;
  }
}

const BUILD_PREFIX = 'building-';

/**
 * Builds into a folder of its own, then renames: a build that is killed leaves nothing under the final name, and the
 * next one removes what it left. Go's caches go with the folder, as nothing else wants these 3.6 GB; caches that the
 * environment names are used and kept. The caller holds the folder's lock.
 */
export async function buildExecutable(options: BuildOptions): Promise<void> {
  const { env, folder, target, report, signal } = options;
  report(
    `building Temporal ${CLI_VERSION} with Go; this takes 5 to 10 minutes, once, and needs about 4 GB of disk until it is done`,
  );
  await removeLeftBuilds(folder);
  const temporary = await mkdtemp(join(folder, BUILD_PREFIX));
  const startedAt = Date.now();
  const life = setInterval(
    () => report(`still building Temporal (${describeMillis(Date.now() - startedAt)})`),
    SIGN_OF_LIFE_MS,
  );
  try {
    // Go makes its modules read-only, and then nobody could remove them.
    await runCommand('go', ['install', '-modcacherw', '-ldflags=-s -w', CLI_PACKAGE], {
      env: { ...cachesIn(temporary), ...env, GOBIN: temporary },
      cwd: temporary,
      timeoutMs: BUILD_TIMEOUT_MS,
      signal,
    });
    const built = join(temporary, executableName('temporal'));
    const check = await checkExecutable(built);
    if (check.kind === 'refused') throw new Error(`what Go built does not run: ${check.reason}`);
    await rename(built, target);
    report(`built Temporal in ${describeMillis(Date.now() - startedAt)}`);
  } finally {
    clearInterval(life);
    await rm(temporary, { recursive: true, force: true });
  }
}

function cachesIn(folder: string): Environment {
  return { GOCACHE: join(folder, 'go-build'), GOMODCACHE: join(folder, 'go-mod') };
}

async function removeLeftBuilds(folder: string): Promise<void> {
  const left = (await readdir(folder)).filter((name) => name.startsWith(BUILD_PREFIX));
  for (const name of left) await rm(join(folder, name), { recursive: true, force: true });
}
