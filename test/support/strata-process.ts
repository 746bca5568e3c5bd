import { type ChildProcess, spawn } from 'node:child_process';
import { createWriteStream } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { setTimeout as delay } from 'node:timers/promises';
import { resolve } from 'node:path';
import { readConfig } from '../../src/config.ts';
import { findRunningProcess } from '../../src/cli/running-process.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));

export interface StrataProcess {
  readonly api: string;
  readonly pid: number;
  /** As a crash would end it. */
  kill(): Promise<void>;
  /** As a person or a supervisor would end it. */
  stop(): Promise<number | null>;
}

/** The real `strata worker` in a process of its own, ready when its API answers. */
export async function startWorkerProcess(
  env: Readonly<Record<string, string>>,
  data: string,
): Promise<StrataProcess> {
  const child = spawn(
    process.execPath,
    ['--import', 'tsx', join(ROOT, 'src/cli/main.ts'), 'worker', '--data', data],
    {
      cwd: ROOT,
      env: { ...process.env, STRATA_API_PORT: '0', ...env },
      stdio: ['ignore', 'ignore', 'pipe'],
    },
  );
  const log = createWriteStream(`${data}.worker.log`, { flags: 'a' });
  child.stderr.pipe(log);
  const api = await untilServing(child, data);
  const end = async (signal: NodeJS.Signals): Promise<number | null> => {
    if (child.exitCode !== null || child.signalCode !== null) return child.exitCode;
    const ended = new Promise<number | null>((done) => child.once('exit', done));
    child.kill(signal);
    return ended;
  };
  return {
    api,
    pid: child.pid ?? -1,
    kill: async () => void (await end('SIGKILL')),
    stop: () => end('SIGTERM'),
  };
}

async function untilServing(child: ChildProcess, data: string): Promise<string> {
  const config = readConfig({ STRATA_DATA: resolve(data) });
  for (const until = Date.now() + 60_000; Date.now() < until;) {
    if (child.exitCode !== null)
      throw new Error(`the worker ended with ${child.exitCode}; its log is ${data}.worker.log`);
    const running = await findRunningProcess(config);
    if (running !== null && running.about.pid === child.pid) return running.api;
    await delay(100);
  }
  throw new Error(`the worker does not serve its API; its log is ${data}.worker.log`);
}
