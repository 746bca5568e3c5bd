import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { SEARCH_ATTRIBUTES } from '../../src/names.ts';
import { resolveTemporal, type Temporal } from '../../src/temporal-server/connect.ts';

export interface BenchServer {
  readonly temporal: Temporal;
  readonly folder: string;
  stop(): Promise<void>;
}

/** A Temporal dev server with its own database, as `strata up` starts it. */
export async function startBenchServer(): Promise<BenchServer> {
  const folder = await mkdtemp(join(tmpdir(), 'strata-bench-'));
  const temporal = await resolveTemporal({
    env: process.env,
    dataDirectory: folder,
    report: (line) => process.stderr.write(`${line}\n`),
    preferredPort: 7333,
    preferredUiPort: 8333,
    searchAttributes: SEARCH_ATTRIBUTES,
  });
  return {
    temporal,
    folder,
    stop: async () => {
      await temporal.stop();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

/** Resident memory of this process in MB, and the highest seen since `watchMemory`. */
export function watchMemory(): { readonly peak: () => number; readonly now: () => number; stop(): void } {
  const rss = () => process.memoryUsage.rss() / 1_048_576;
  let peak = rss();
  const timer = setInterval(() => {
    peak = Math.max(peak, rss());
  }, 50);
  return {
    peak: () => Math.round(Math.max(peak, rss())),
    now: () => Math.round(rss()),
    stop: () => clearInterval(timer),
  };
}
