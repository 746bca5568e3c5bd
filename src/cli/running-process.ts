import { readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { z } from 'zod';
import type { About } from '../api/app.ts';
import type { Config } from '../config.ts';
import { readAbout } from '../api/http-operations.ts';

/** Written into the data folder by the process that owns it, so that commands find its API. */
const ProcessRecord = z.object({ pid: z.number(), api: z.url() });
type ProcessRecord = z.output<typeof ProcessRecord>;

export interface RunningProcess {
  readonly api: string;
  readonly about: About;
}

/** Loopback answers at once or not at all. */
const ANSWER_WITHIN_MS = 2_000;

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
  if (api !== undefined) return { api, about: await readAbout(api, ANSWER_WITHIN_MS) };
  const dataDirectory = resolve(STRATA_DATA);
  const record = await readRecord(dataDirectory);
  if (record === null) return null;
  try {
    const about = await readAbout(record.api, ANSWER_WITHIN_MS);
    return about.service === 'strata' && about.pid === record.pid ? { api: record.api, about } : null;
  } catch {
    // Whatever answers there, or does not, it is not the process of this record: a kill -9 left it behind.
    return null;
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
  await writeFile(`${file}.new`, JSON.stringify(record));
  await rename(`${file}.new`, file);
}

export async function removeProcessRecord(dataDirectory: string): Promise<void> {
  await rm(fileOf(dataDirectory), { force: true });
}
