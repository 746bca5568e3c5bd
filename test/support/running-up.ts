import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { findRunningProcess } from '../../src/cli/running-process.ts';
import { readConfig } from '../../src/config.ts';
import { stillRunning } from './child.ts';

/** What a run prints with --json. */
export const RunDocument = z.object({
  runId: z.string(),
  slot: z.string(),
  state: z.string(),
  profiles: z.number(),
  segments: z.array(
    z.object({
      id: z.string(),
      members: z.number(),
      entered: z.number(),
      left: z.number(),
      errors: z.number(),
      mismatches: z.number(),
    }),
  ),
  seconds: z.number(),
});
export type RunDocument = z.output<typeof RunDocument>;

/** A running `strata up`, as it introduces itself. */
export interface Up {
  readonly pid: number;
  readonly api: string;
  readonly temporal: string;
  readonly ui: string | null;
}

export async function readUp(data: string): Promise<Up> {
  const running = await findRunningProcess(readConfig({ STRATA_DATA: data }));
  if (running === null) throw new Error(`no process serves the API of ${data}`);
  const { pid, temporalAddress, temporalUi } = running.about;
  return { pid, api: running.api, temporal: temporalAddress, ui: temporalUi };
}

/** The Temporal server that was last started on a data folder, running or not. */
export function readServerPid(data: string): number {
  const record: unknown = JSON.parse(readFileSync(join(data, 'temporal', 'server.json'), 'utf8'));
  return z.object({ pid: z.number() }).parse(record).pid;
}

/** For the end of a test file: a failed test may leave the server behind, which is in no process group of ours. */
export function killServerOf(data: string): void {
  try {
    for (const pid of stillRunning([readServerPid(data)])) process.kill(pid, 'SIGKILL');
  } catch {
    // A server that was stopped has removed its record.
  }
}
