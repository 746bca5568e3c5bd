import { access, mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { UserError } from '../domain/errors.ts';
import { buildExecutable, reasonGoCannotBuild } from './build-executable.ts';
import { checkExecutable, versionWarning } from './check-executable.ts';
import { CLI_ARCHIVE, downloadExecutable } from './download-executable.ts';
import { cachedExecutable, cacheFolder, candidatesOnPath, type Environment } from './executable-cache.ts';
import { withFolderLock } from './folder-lock.ts';

export interface ExecutableSearch {
  readonly env: Environment;
  readonly report: (line: string) => void;
  readonly signal?: AbortSignal | undefined;
  /** Where the CLI's archives are; the vendor's address unless a company mirrors it. */
  readonly archive?: string;
}

export interface TemporalExecutable {
  readonly path: string;
  readonly serverVersion: string | undefined;
}

interface Attempt {
  readonly way: string;
  readonly failure: string;
}

/**
 * Finds a Temporal CLI that runs, the cheapest way first: the one the user names, the one on PATH, the one in the
 * user's cache, a download, a build. Throws a UserError that lists every way and why it failed.
 */
export async function findTemporalExecutable(search: ExecutableSearch): Promise<TemporalExecutable> {
  const attempts: Attempt[] = [];
  const found =
    (await fromVariable(search, attempts)) ??
    (await fromPath(search, attempts)) ??
    (await fromCache(search, attempts)) ??
    (await fetched(search, attempts));
  if (found === undefined) throw new UserError(nothingWorked(attempts));
  return found;
}

async function fromVariable(
  search: ExecutableSearch,
  attempts: Attempt[],
): Promise<TemporalExecutable | undefined> {
  const path = search.env['TEMPORAL_CLI_PATH'];
  const way = 'set TEMPORAL_CLI_PATH to a Temporal CLI';
  if (path === undefined || path === '') {
    attempts.push({ way, failure: 'it is not set' });
    return undefined;
  }
  return accept(search, attempts, { way, path, from: 'TEMPORAL_CLI_PATH' });
}

async function fromPath(
  search: ExecutableSearch,
  attempts: Attempt[],
): Promise<TemporalExecutable | undefined> {
  const way = 'put temporal on PATH';
  let isThere = false;
  for (const path of candidatesOnPath('temporal', search.env)) {
    if (!(await exists(path))) continue;
    isThere = true;
    const found = await accept(search, attempts, { way, path, from: 'PATH' });
    if (found !== undefined) return found;
  }
  if (!isThere) attempts.push({ way, failure: 'it is not there' });
  return undefined;
}

async function fromCache(
  search: ExecutableSearch,
  attempts: Attempt[],
): Promise<TemporalExecutable | undefined> {
  const path = cachedExecutable(search.env);
  if (!(await exists(path))) return undefined;
  return accept(search, attempts, { way: 'use the copy in the cache', path, from: 'the cache' });
}

async function fetched(
  search: ExecutableSearch,
  attempts: Attempt[],
): Promise<TemporalExecutable | undefined> {
  const { env, report, signal } = search;
  const folder = cacheFolder(env);
  try {
    await mkdir(folder, { recursive: true });
  } catch (error) {
    note(search, attempts, { way: `make ${folder} writable`, failure: toText(error) });
    return undefined;
  }
  const lock = {
    folder: join(folder, 'temporal.lock'),
    report,
    waitingFor: 'the download or build of Temporal',
    signal,
  };
  return withFolderLock(lock, async () => {
    const made = await fromCache(search, []);
    if (made !== undefined) return made;
    await download(search, folder, attempts);
    const downloaded = await fromCache(search, attempts);
    if (downloaded !== undefined) return downloaded;
    await build(search, folder, attempts);
    return fromCache(search, attempts);
  });
}

async function download(search: ExecutableSearch, folder: string, attempts: Attempt[]): Promise<void> {
  const { env, report, signal, archive = CLI_ARCHIVE } = search;
  report(`no Temporal CLI found yet; downloading it from ${new URL(archive).host}`);
  try {
    await downloadExecutable({ archive, env, folder, target: cachedExecutable(env), report, signal });
  } catch (error) {
    note(search, attempts, {
      way: `allow the download from ${new URL(archive).host}`,
      failure: toText(error),
    });
  }
}

async function build(search: ExecutableSearch, folder: string, attempts: Attempt[]): Promise<void> {
  const { env, report, signal } = search;
  const way = 'install Go 1.25 or newer, so that Strata can build it';
  const reason = await reasonGoCannotBuild(env);
  if (reason !== undefined) {
    note(search, attempts, { way, failure: reason });
    return;
  }
  try {
    await buildExecutable({ env, folder, target: cachedExecutable(env), report, signal });
  } catch (error) {
    note(search, attempts, { way, failure: toText(error) });
  }
}

interface Candidate {
  readonly way: string;
  readonly path: string;
  readonly from: string;
}

async function accept(
  search: ExecutableSearch,
  attempts: Attempt[],
  { way, path, from }: Candidate,
): Promise<TemporalExecutable | undefined> {
  const check = await checkExecutable(path);
  if (check.kind === 'refused') {
    note(search, attempts, { way, failure: `${path} cannot be used: ${check.reason}` });
    return undefined;
  }
  search.report(`Temporal CLI from ${from}: ${path} (server ${check.serverVersion ?? 'of unknown version'})`);
  const warning = versionWarning(check.serverVersion);
  if (warning !== undefined) search.report(`warning: ${warning}`);
  return { path, serverVersion: check.serverVersion };
}

/** An interrupted search must not go on to the next, slower way. */
function note(search: ExecutableSearch, attempts: Attempt[], attempt: Attempt): void {
  search.signal?.throwIfAborted();
  search.report(`Temporal CLI: ${attempt.failure}`);
  attempts.push(attempt);
}

function nothingWorked(attempts: readonly Attempt[]): string {
  const ways = [
    { way: 'set TEMPORAL_ADDRESS to a running Temporal server', failure: 'it is not set' },
    ...attempts,
  ];
  const lines = ways.map(({ way, failure }) => `  - ${way} (${failure})`);
  return `Strata needs a Temporal server and found no way to have one. Do one of these:\n${lines.join('\n')}`;
}

async function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}

function toText(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
