import { randomUUID } from 'node:crypto';
import { mkdir, readFile, rename, rm, stat, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { isAlive } from './is-alive.ts';

const POLL_MS = 250;
const SIGN_OF_LIFE_MS = 15_000;
/** A pid can be reused, or belong to another container on a shared cache; a lock nobody touches is dead anyway. */
const UNTOUCHED_IS_STALE_MS = 60_000;
/** Between making the folder and writing the pid into it. */
const PIDLESS_IS_STALE_MS = 5_000;

export interface FolderLockOptions {
  readonly folder: string;
  readonly report: (line: string) => void;
  readonly waitingFor: string;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Runs `work` while holding a lock that other processes see. A holder that was killed leaves a folder whose pid
 * is gone or whose time is old, which the next caller takes over.
 */
export async function withFolderLock<T>(options: FolderLockOptions, work: () => Promise<T>): Promise<T> {
  await acquire(options);
  const beat = setInterval(() => void touch(options.folder), SIGN_OF_LIFE_MS);
  try {
    return await work();
  } finally {
    clearInterval(beat);
    await rm(options.folder, { recursive: true, force: true });
  }
}

async function acquire({ folder, report, waitingFor, signal }: FolderLockOptions): Promise<void> {
  let nextReport = 0;
  for (;;) {
    if (await tryCreate(folder)) return;
    const holder = await readPid(folder);
    if (await isStale(folder, holder)) {
      await takeAway(folder, holder);
      continue;
    }
    if (Date.now() >= nextReport) {
      report(`waiting for ${waitingFor} by another process (${holder ?? 'starting'})`);
      nextReport = Date.now() + SIGN_OF_LIFE_MS;
    }
    await delay(POLL_MS, undefined, { signal });
  }
}

async function tryCreate(folder: string): Promise<boolean> {
  try {
    await mkdir(folder);
  } catch (error) {
    if (hasCode(error, 'EEXIST')) return false;
    throw error;
  }
  await writeFile(join(folder, 'pid'), String(process.pid));
  return true;
}

async function readPid(folder: string): Promise<number | undefined> {
  try {
    const pid = Number(await readFile(join(folder, 'pid'), 'utf8'));
    return Number.isInteger(pid) && pid > 0 ? pid : undefined;
  } catch (error) {
    if (hasCode(error, 'ENOENT')) return undefined;
    throw error;
  }
}

async function isStale(folder: string, holder: number | undefined): Promise<boolean> {
  const age = await ageOf(folder);
  if (age === undefined) return false;
  if (holder === undefined) return age > PIDLESS_IS_STALE_MS;
  return !isAlive(holder) || age > UNTOUCHED_IS_STALE_MS;
}

/** Moved before it is removed: of two callers that found the same dead lock only one can move it. */
async function takeAway(folder: string, holder: number | undefined): Promise<void> {
  const aside = `${folder}.${randomUUID()}`;
  try {
    await rename(folder, aside);
    const moved = await readPid(aside);
    // The dead lock may have been replaced by a living one in between: give that one back.
    if (moved === holder) await rm(aside, { recursive: true, force: true });
    else await rename(aside, folder);
  } catch (error) {
    if (!hasCode(error, 'ENOENT') && !hasCode(error, 'ENOTEMPTY')) throw error;
  }
}

async function ageOf(folder: string): Promise<number | undefined> {
  try {
    return Date.now() - (await stat(folder)).mtimeMs;
  } catch (error) {
    if (hasCode(error, 'ENOENT')) return undefined;
    throw error;
  }
}

async function touch(folder: string): Promise<void> {
  const now = new Date();
  // Gone when another caller thought us dead, say after the machine slept: nothing to keep alive then.
  await utimes(folder, now, now).catch(() => undefined);
}

function hasCode(error: unknown, code: string): boolean {
  return error instanceof Error && 'code' in error && error.code === code;
}
