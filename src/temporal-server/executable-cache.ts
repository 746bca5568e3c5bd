import { homedir } from 'node:os';
import { delimiter, join } from 'node:path';

/** The newest CLI that `go install` can still build, so the download, the build and the cache agree on one. */
export const CLI_VERSION = '1.5.1';

export type Environment = Readonly<Record<string, string | undefined>>;

/** Per user, not per project: a binary of 200 MB that takes minutes to build serves every checkout. */
export function cacheFolder(env: Environment): string {
  if (process.platform === 'darwin') return join(home(env), 'Library', 'Caches', 'strata');
  if (process.platform === 'win32') {
    return join(nonEmpty(env['LOCALAPPDATA']) ?? join(home(env), 'AppData', 'Local'), 'strata');
  }
  return join(nonEmpty(env['XDG_CACHE_HOME']) ?? join(home(env), '.cache'), 'strata');
}

export function cachedExecutable(env: Environment): string {
  return join(cacheFolder(env), `temporal-${CLI_VERSION}-${process.platform}-${process.arch}${suffix()}`);
}

/** Where `name` could be on PATH, in PATH's order. */
export function candidatesOnPath(name: string, env: Environment): string[] {
  const folders = (env['PATH'] ?? env['Path'] ?? '').split(delimiter).filter((folder) => folder !== '');
  return folders.map((folder) => join(folder, `${name}${suffix()}`));
}

export function executableName(name: string): string {
  return `${name}${suffix()}`;
}

function home(env: Environment): string {
  return nonEmpty(env['HOME']) ?? nonEmpty(env['USERPROFILE']) ?? homedir();
}

function suffix(): string {
  return process.platform === 'win32' ? '.exe' : '';
}

function nonEmpty(value: string | undefined): string | undefined {
  return value === '' ? undefined : value;
}
