import { fileURLToPath } from 'node:url';
import { startChild } from './child.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));

export interface StrataProcess {
  readonly api: string;
  readonly pid: number;
  readonly stderr: () => string;
  /** As a crash would end it. */
  kill(): Promise<void>;
  /** As a supervisor would end it. */
  stop(): Promise<number | null>;
}

const FROM_SOURCE = ['--import', 'tsx', 'src/cli/main.ts'];
/** What users run. From the source, each closure is named at run time, which a measurement would show. */
export const BUILT = ['dist/cli/main.js'];

/** The real `strata worker` in a process of its own, ready when it says that it works. */
export async function startWorkerProcess(
  env: Readonly<Record<string, string>>,
  data: string,
  program: readonly string[] = FROM_SOURCE,
): Promise<StrataProcess> {
  const args = [...program, 'worker', '--data', data];
  const child = startChild(process.execPath, args, { cwd: ROOT, env: { STRATA_API_PORT: '0', ...env } });
  const [, api = ''] = await child.untilSaid(/API at (\S+)\n/);
  await child.untilSaid(/working for environment/);
  const end = (signal: NodeJS.Signals): Promise<number | null> => {
    child.kill(signal);
    return child.ended;
  };
  return {
    api,
    pid: child.pid,
    stderr: child.stderr,
    kill: async () => void (await end('SIGKILL')),
    stop: () => end('SIGTERM'),
  };
}
