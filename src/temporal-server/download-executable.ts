import { createWriteStream } from 'node:fs';
import { chmod, mkdtemp, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { Readable, Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { CLI_VERSION, executableName, type Environment } from './executable-cache.ts';
import { checkExecutable } from './check-executable.ts';
import { describeMillis, runCommand } from './run-command.ts';

/**
 * The vendor's own address. The SDK downloads from the same host, but only as part of starting a server that it
 * owns itself (`newEphemeralServer`, wrapped by @temporalio/testing): no pid, and gone with its process.
 */
export const CLI_ARCHIVE = `https://temporal.download/cli/archive/v${CLI_VERSION}`;

const FIRST_BYTE_MS = 15_000;
const SILENCE_MS = 15_000;
const OVERALL_MS = 10 * 60_000;
const UNPACK_MS = 2 * 60_000;
const PROGRESS_MS = 5_000;

export interface DownloadOptions {
  readonly archive: string;
  readonly env: Environment;
  readonly folder: string;
  readonly target: string;
  readonly report: (line: string) => void;
  readonly signal?: AbortSignal | undefined;
  /** How long the server may take to answer; a blocked network drops packets instead of refusing. */
  readonly firstByteMs?: number;
}

export async function downloadExecutable(options: DownloadOptions): Promise<void> {
  const { folder, target, env, report, signal } = options;
  const startedAt = Date.now();
  const temporary = await mkdtemp(join(folder, 'download-'));
  try {
    const archive = join(temporary, 'archive');
    await fetchTo(archive, options);
    await runCommand('tar', ['-xf', archive, '-C', temporary], {
      env,
      cwd: temporary,
      timeoutMs: UNPACK_MS,
      signal,
    });
    const unpacked = join(temporary, executableName('temporal'));
    await chmod(unpacked, 0o755);
    const check = await checkExecutable(unpacked);
    if (check.kind === 'refused') throw new Error(`what was downloaded does not run: ${check.reason}`);
    await rename(unpacked, target);
    report(`downloaded Temporal ${CLI_VERSION} in ${describeMillis(Date.now() - startedAt)}`);
  } finally {
    await rm(temporary, { recursive: true, force: true });
  }
}

async function fetchTo(file: string, options: DownloadOptions): Promise<void> {
  const { archive, report, signal, firstByteMs = FIRST_BYTE_MS } = options;
  const abort = new AbortController();
  const silence = startSilenceTimer(abort, firstByteMs);
  const stop = AbortSignal.any([
    abort.signal,
    AbortSignal.timeout(OVERALL_MS),
    ...(signal === undefined ? [] : [signal]),
  ]);
  try {
    const response = await fetch(`${archive}?platform=${platform()}&arch=${architecture()}`, {
      signal: stop,
    });
    if (!response.ok || response.body === null) throw new Error(`${archive} answered ${response.status}`);
    const total = Number(response.headers.get('content-length') ?? 0);
    const watched = new Transform({ transform: progressOf({ total, report, onChunk: silence.reset }) });
    await pipeline(Readable.fromWeb(response.body), watched, createWriteStream(file), { signal: stop });
  } catch (error) {
    throw new Error(reasonOf(stop.aborted ? stop.reason : error), { cause: error });
  } finally {
    silence.clear();
  }
}

interface SilenceTimer {
  readonly reset: () => void;
  readonly clear: () => void;
}

function startSilenceTimer(abort: AbortController, firstByteMs: number): SilenceTimer {
  const give = (millis: number): NodeJS.Timeout =>
    setTimeout(() => abort.abort(new Error(`nothing came for ${describeMillis(millis)}`)), millis);
  let timer = give(firstByteMs);
  return {
    reset: () => {
      clearTimeout(timer);
      timer = give(SILENCE_MS);
    },
    clear: () => clearTimeout(timer),
  };
}

interface Progress {
  readonly total: number;
  readonly report: (line: string) => void;
  readonly onChunk: () => void;
}

function progressOf({ total, report, onChunk }: Progress) {
  let received = 0;
  let nextReport = Date.now() + PROGRESS_MS;
  return (chunk: Buffer, _encoding: BufferEncoding, done: (error: null, chunk: Buffer) => void): void => {
    onChunk();
    received += chunk.length;
    if (Date.now() >= nextReport) {
      report(
        `downloading Temporal: ${toMegabytes(received)} of ${total === 0 ? '?' : toMegabytes(total)} MB`,
      );
      nextReport = Date.now() + PROGRESS_MS;
    }
    done(null, chunk);
  };
}

function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  // `fetch failed` says nothing; the resolver's or the socket's words are in its cause.
  return error.cause instanceof Error ? error.cause.message : error.message;
}

function toMegabytes(bytes: number): string {
  return (bytes / 1_000_000).toFixed(0);
}

function platform(): string {
  return process.platform === 'win32' ? 'windows' : process.platform;
}

function architecture(): string {
  return process.arch === 'x64' ? 'amd64' : process.arch;
}
