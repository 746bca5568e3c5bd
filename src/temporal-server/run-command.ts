import { spawn, type ChildProcess } from 'node:child_process';

const TAIL_CHARACTERS = 4_000;
const ENDING_SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

export interface CommandOptions {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly cwd: string;
  readonly timeoutMs: number;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Runs a command in a process group of its own, so that a compiler's children end with it. Resolves to the output's
 * tail; a time limit, an abort, or the end of this process kills the whole group.
 */
export async function runCommand(
  file: string,
  args: readonly string[],
  options: CommandOptions,
): Promise<string> {
  options.signal?.throwIfAborted();
  const child = spawn(file, [...args], {
    cwd: options.cwd,
    env: { ...options.env },
    stdio: ['ignore', 'pipe', 'pipe'],
    detached: process.platform !== 'win32',
  });
  let tail = '';
  const keepTail = (chunk: Buffer): void => {
    tail = (tail + chunk.toString()).slice(-TAIL_CHARACTERS);
  };
  child.stdout.on('data', keepTail);
  child.stderr.on('data', keepTail);
  const release = killGroupWithUs(child);
  const ending = { reason: undefined as string | undefined };
  const end = (reason: string): void => {
    ending.reason = reason;
    killGroup(child);
  };
  const timer = setTimeout(
    () => end(`it was stopped after ${describeMillis(options.timeoutMs)}`),
    options.timeoutMs,
  );
  const onAbort = (): void => end('it was interrupted');
  options.signal?.addEventListener('abort', onAbort, { once: true });
  try {
    const code = await exitOf(child);
    if (code === 0 && ending.reason === undefined) return tail;
    throw new Error(ending.reason ?? `${file} ended with ${code}: ${lastLines(tail)}`);
  } finally {
    clearTimeout(timer);
    options.signal?.removeEventListener('abort', onAbort);
    release();
  }
}

export function describeMillis(millis: number): string {
  const seconds = Math.round(millis / 1000);
  return seconds < 120 ? `${seconds} s` : `${Math.floor(seconds / 60)} min ${seconds % 60} s`;
}

function exitOf(child: ChildProcess): Promise<number | string> {
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code, signal) => resolve(code ?? signal ?? 'no exit code'));
  });
}

function killGroup(child: ChildProcess): void {
  if (child.pid === undefined) return;
  try {
    process.kill(process.platform === 'win32' ? child.pid : -child.pid, 'SIGKILL');
  } catch (error) {
    // Ended by itself just now.
    if (!(error instanceof Error && 'code' in error && error.code === 'ESRCH')) throw error;
  }
}

/** The group does not get the terminal's Ctrl-C, so it would go on compiling for minutes after we are gone. */
function killGroupWithUs(child: ChildProcess): () => void {
  const onExit = (): void => killGroup(child);
  const onSignal = (name: NodeJS.Signals): void => {
    killGroup(child);
    release();
    if (process.listenerCount(name) === 0) process.kill(process.pid, name);
  };
  const release = (): void => {
    process.off('exit', onExit);
    for (const name of ENDING_SIGNALS) process.off(name, onSignal);
  };
  process.on('exit', onExit);
  for (const name of ENDING_SIGNALS) process.on(name, onSignal);
  return release;
}

function lastLines(text: string): string {
  return text.trim().split('\n').slice(-5).join('\n');
}
