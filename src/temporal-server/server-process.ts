import { spawn } from 'node:child_process';
import { open, readFile, stat } from 'node:fs/promises';
import { setTimeout as delay } from 'node:timers/promises';
import { UserError } from '../domain/errors.ts';
import { isServerOf } from './left-behind.ts';

const STOP_WITHIN_MS = 10_000;
const LOOK_EVERY_MS = 250;
const TAIL_LINES = 15;

/** A running server: our child, or one that an earlier process of ours left behind. */
export interface ServerProcess {
  readonly pid: number;
  /** Settles when the process has ended, with how it ended. Never rejects. */
  readonly exited: Promise<string>;
}

export interface LaunchOptions {
  readonly executable: string;
  readonly args: readonly string[];
  readonly logFile: string;
}

export interface LaunchedServer extends ServerProcess {
  /** The last lines that this server wrote, without those of earlier ones. */
  readLogTail(): Promise<string>;
}

/**
 * Starts the server in a process group of its own: the terminal's Ctrl-C must not end it while a worker that is
 * draining still has results to hand in.
 */
export async function launch({ executable, args, logFile }: LaunchOptions): Promise<LaunchedServer> {
  const log = await open(logFile, 'a');
  const { size } = await log.stat();
  try {
    const child = spawn(executable, [...args], {
      stdio: ['ignore', log.fd, log.fd],
      detached: true,
      windowsHide: true,
    });
    const exited = new Promise<string>((resolve) => {
      child.once('error', (error) => resolve(`could not be started: ${error.message}`));
      child.once('exit', (code, signal) => resolve(signal ?? `exit code ${code}`));
    });
    if (child.pid === undefined) throw new UserError(`the Temporal server ${executable} ${await exited}`);
    return { pid: child.pid, exited, readLogTail: () => readTail(logFile, size) };
  } finally {
    await log.close();
  }
}

/** Follows a server that is not our child, so the system does not tell us when it ends. */
export function follow(pid: number, databaseFile: string): ServerProcess {
  const watch = async (): Promise<string> => {
    while (await isServerOf(databaseFile, pid)) await delay(LOOK_EVERY_MS);
    return 'it ended by itself or was killed';
  };
  return { pid, exited: watch() };
}

/** Waits until the process is gone: only then are its ports and its database free for the next one. */
export async function stopProcess(server: ServerProcess): Promise<void> {
  let hasExited = false;
  void server.exited.then(() => {
    hasExited = true;
  });
  await Promise.resolve();
  if (hasExited) return;
  signalProcess(server.pid, 'SIGTERM');
  const abort = new AbortController();
  const timeUp = delay(STOP_WITHIN_MS, undefined, { signal: abort.signal }).catch(() => undefined);
  await Promise.race([server.exited, timeUp]);
  abort.abort();
  if (hasExited) return;
  signalProcess(server.pid, 'SIGKILL');
  await server.exited;
}

function signalProcess(pid: number, name: NodeJS.Signals): void {
  try {
    process.kill(pid, name);
  } catch (error) {
    // Ended between our look and our signal.
    if (!(error instanceof Error && 'code' in error && error.code === 'ESRCH')) throw error;
  }
}

async function readTail(logFile: string, from: number): Promise<string> {
  const { size } = await stat(logFile);
  const text = size <= from ? '' : (await readFile(logFile)).subarray(from).toString();
  return text.trim().split('\n').slice(-TAIL_LINES).join('\n');
}
