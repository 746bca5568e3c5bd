import { readdirSync, readFileSync, readlinkSync } from 'node:fs';

/** Of the times in /proc: USER_HZ, 100 on every architecture that Node runs on. */
const TICKS_PER_SECOND = 100;

/**
 * Seconds of processor that each party's processes have had since this call, all threads; `machine` is everything that
 * ran on it, the kernel and neighbours too. Linux only, as all here.
 */
export function meterProcessors<Party extends string>(
  parties: Readonly<Record<Party, readonly number[]>>,
): () => Readonly<Record<Party | 'machine', number>> {
  const read = (): Record<string, number> => {
    const pairs = Object.entries<readonly number[]>(parties);
    return {
      ...Object.fromEntries(pairs.map(([party, pids]) => [party, processorSeconds(pids)])),
      machine: machineSeconds(),
    };
  };
  const before = read();
  return () => {
    const pairs = Object.entries(read()).map(([party, seconds]) => [party, seconds - (before[party] ?? 0)]);
    return Object.fromEntries(pairs) as Record<Party | 'machine', number>;
  };
}

function processorSeconds(pids: readonly number[]): number {
  return pids.reduce((sum, pid) => sum + ticksOf(pid), 0) / TICKS_PER_SECOND;
}

function ticksOf(pid: number): number {
  // The name of the program, in brackets, may hold anything; utime and stime are fields 14 and 15 of proc(5).
  const [, after = ''] = /.*\) (.*)/s.exec(readFileSync(`/proc/${pid}/stat`, 'utf8')) ?? [];
  const fields = after.split(' ');
  return Number(fields[11]) + Number(fields[12]);
}

function machineSeconds(): number {
  const [, times = ''] = /^cpu +(.*)$/m.exec(readFileSync('/proc/stat', 'utf8')) ?? [];
  const [user, nice, system, , , irq, softirq] = times.split(' ').map(Number);
  return (
    [user, nice, system, irq, softirq].reduce<number>((sum, ticks) => sum + (ticks ?? 0), 0) /
    TICKS_PER_SECOND
  );
}

/** The process of this machine that listens there; one of another user is seen by root only. */
export function pidListeningAt(port: number): number {
  const sockets = new Set(['tcp', 'tcp6'].flatMap((table) => listenersOf(table, port)));
  const found = readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .find((pid) => openFilesOf(pid).some((file) => sockets.has(file)));
  if (found === undefined)
    throw new Error(`no process that we may look at listens on port ${port} of this machine`);
  return Number(found);
}

const LISTENS = '0A';

function listenersOf(table: string, port: number): readonly string[] {
  const [, ...lines] = readFileSync(`/proc/net/${table}`, 'utf8').trim().split('\n');
  const sockets = lines.map((line) => line.trim().split(/\s+/));
  return sockets
    .filter(
      ([, local = '', , state]) => state === LISTENS && parseInt(local.split(':')[1] ?? '', 16) === port,
    )
    .map((fields) => `socket:[${fields[9]}]`);
}

function openFilesOf(pid: string): readonly string[] {
  try {
    return readdirSync(`/proc/${pid}/fd`).map((file) => readlinkSync(`/proc/${pid}/fd/${file}`));
  } catch {
    // Ended meanwhile, or not ours to look at.
    return [];
  }
}
