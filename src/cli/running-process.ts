import { mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { z } from 'zod';
import type { About } from '../api/app.ts';
import type { Config } from '../config.ts';
import { readAbout } from '../api/http-operations.ts';
import { ApiUnreachable, UserError } from '../domain/errors.ts';
import { isAlive } from '../temporal-server/is-alive.ts';

/** Written into the data folder by the process that owns it, so that commands find its API. */
const ProcessRecord = z.object({
  pid: z.number(),
  api: z.url(),
  /** What it was started with; whoever is older does not say. */
  settings: z.record(z.string(), z.string()).optional(),
});
type ProcessRecord = z.output<typeof ProcessRecord>;

export interface RunningProcess {
  readonly api: string;
  readonly about: About;
  /** What of its environment decides which data it works on; null where that is not known. */
  readonly settings: Readonly<Record<string, string>> | null;
}

/** Loopback answers at once, unless the process or the machine has its hands full. */
const ANSWER_WITHIN_MS = 5_000;

function fileOf(dataDirectory: string): string {
  return join(dataDirectory, 'process.json');
}

/**
 * The process whose API commands use: the one named by STRATA_API_URL, else the one that owns the data
 * folder, if it is running and is the one that wrote the record.
 */
export async function findRunningProcess({
  STRATA_API_URL: api,
  STRATA_DATA,
}: Config): Promise<RunningProcess | null> {
  if (api !== undefined) return { api, about: await readAbout(api, ANSWER_WITHIN_MS), settings: null };
  const record = await readRecord(resolve(STRATA_DATA));
  if (record === null) return null;
  try {
    const about = await readAbout(record.api, ANSWER_WITHIN_MS);
    const { api: ownApi, settings = null } = record;
    return about.pid === record.pid ? { api: ownApi, about, settings } : null;
  } catch (error) {
    if (!(error instanceof ApiUnreachable)) throw error;
    // A kill -9 leaves its record behind, and something else may listen there by now.
    if (error.kind !== 'silent' || !isAlive(record.pid)) return null;
    throw new UserError(
      `Process ${record.pid} owns the data folder ${STRATA_DATA} and has not answered at ${record.api} for ${ANSWER_WITHIN_MS / 1000} s: it is busy or stopped. Try again; if it stays so, end that process and start Strata again, nothing is lost.`,
      { cause: error },
    );
  }
}

async function readRecord(dataDirectory: string): Promise<ProcessRecord | null> {
  try {
    return ProcessRecord.parse(JSON.parse(await readFile(fileOf(dataDirectory), 'utf8')));
  } catch {
    // Absent or half written: nobody is known to run.
    return null;
  }
}

export async function writeProcessRecord(dataDirectory: string, record: ProcessRecord): Promise<void> {
  const file = fileOf(dataDirectory);
  const written = `${file}.${record.pid}`;
  // With no store in it nobody has made the folder.
  await mkdir(dataDirectory, { recursive: true });
  await writeFile(written, JSON.stringify(record));
  await rename(written, file);
}

/** Leaves the record of another process, which on shared stores may use the same folder. */
export async function removeProcessRecord(dataDirectory: string, pid: number): Promise<void> {
  if ((await readRecord(dataDirectory))?.pid === pid) await rm(fileOf(dataDirectory), { force: true });
}
