import { execFileSync, spawn } from 'node:child_process';

/** A program of its own, with what it has said so far. */
export interface Child {
  readonly pid: number;
  readonly stdout: () => string;
  readonly stderr: () => string;
  /** Settles when the program has ended and said its last: its exit code, null when a signal ended it. */
  readonly ended: Promise<number | null>;
  /** Waits until standard error has a match; fails when the program ends without it. */
  untilSaid(pattern: RegExp): Promise<RegExpExecArray>;
  /** To the program alone, as `kill` sends it. */
  kill(signal: NodeJS.Signals): void;
  /** To the program and all it started in its process group, as Ctrl-C in a terminal sends it. */
  killGroup(signal: NodeJS.Signals): void;
}

export interface ChildOptions {
  readonly cwd: string;
  readonly env?: Readonly<Record<string, string>>;
}

const running = new Set<Child>();

export function startChild(program: string, args: readonly string[], { cwd, env }: ChildOptions): Child {
  const child = spawn(program, [...args], {
    cwd,
    env: { ...process.env, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
    detached: true,
  });
  const { pid } = child;
  if (pid === undefined) throw new Error(`${program} could not be started`);
  const said = { stdout: '', stderr: '' };
  child.stdout.setEncoding('utf8').on('data', (text: string) => (said.stdout += text));
  child.stderr.setEncoding('utf8').on('data', (text: string) => (said.stderr += text));
  const ended = new Promise<number | null>((resolve) => child.once('close', (code) => resolve(code)));
  const started: Child = {
    pid,
    stdout: () => said.stdout,
    stderr: () => said.stderr,
    ended,
    untilSaid: (pattern) =>
      new Promise((resolve, reject) => {
        const look = (): void => {
          const match = pattern.exec(said.stderr);
          if (match !== null) resolve(match);
        };
        child.stderr.on('data', look);
        look();
        void ended.then((code) =>
          reject(new Error(`it ended with ${code} before it said ${String(pattern)}:\n${said.stderr}`)),
        );
      }),
    kill: (signal) => void process.kill(pid, signal),
    killGroup: (signal) => void process.kill(-pid, signal),
  };
  running.add(started);
  void ended.then(() => running.delete(started));
  return started;
}

/** For the end of a test file: what a failed test left running goes with it. */
export async function killChildren(): Promise<void> {
  for (const child of running) child.killGroup('SIGKILL');
  await Promise.all([...running].map(({ ended }) => ended));
}

/** Which of these processes, or process groups when the id is negative, are running. */
export function stillRunning(ids: readonly number[]): readonly number[] {
  const lines = execFileSync('ps', ['-eo', 'pid=,pgid=,stat='], { encoding: 'utf8' }).trim().split('\n');
  const alive = new Set<number>();
  for (const line of lines) {
    const [pid = '', group = '', state = ''] = line.trim().split(/\s+/);
    // A zombie has ended; it only waits until its parent asks how.
    if (state.startsWith('Z')) continue;
    alive.add(Number(pid)).add(-Number(group));
  }
  return ids.filter((id) => alive.has(id));
}
