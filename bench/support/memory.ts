import { readFileSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';

/** Resident memory of another process, MB. Linux only: read from /proc. */
export function watchProcess(pid: number): {
  readonly idle: () => Promise<number>;
  readonly peak: () => number;
} {
  const now = (): number => {
    const kB = /VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1];
    return Math.round(Number(kB ?? 0) / 1024);
  };
  let peak = 0;
  const timer = setInterval(() => {
    try {
      peak = Math.max(peak, now());
    } catch {
      // The process has ended: nothing more to watch.
      clearInterval(timer);
    }
  }, 50);
  return {
    idle: async () => {
      await delay(2_000);
      return now();
    },
    peak: () => {
      clearInterval(timer);
      return peak;
    },
  };
}
