import { execFile } from 'node:child_process';
import { readFile, rm, writeFile } from 'node:fs/promises';
import { promisify } from 'node:util';

/** What a server's parent writes down, so that its successor recognises the server after a kill -9. */
export interface ServerRecord {
  readonly pid: number;
  readonly port: number;
  readonly uiPort: number;
  readonly databaseFile: string;
  /** Everything the server was started with; another value means that it cannot be adopted. */
  readonly startedWith: string;
}

export async function readServerRecord(stateFile: string): Promise<ServerRecord | undefined> {
  try {
    const value: unknown = JSON.parse(await readFile(stateFile, 'utf8'));
    return isServerRecord(value) ? value : undefined;
  } catch (error) {
    // Half a record is what a kill in the middle of writing leaves; it names nobody.
    if (error instanceof SyntaxError || hasCode(error, 'ENOENT')) return undefined;
    throw error;
  }
}

export async function writeServerRecord(stateFile: string, record: ServerRecord): Promise<void> {
  await writeFile(stateFile, `${JSON.stringify(record, undefined, 2)}\n`);
}

export async function removeServerRecord(stateFile: string): Promise<void> {
  await rm(stateFile, { force: true });
}

/** A pid alone proves nothing, it may have been reused: the process must have our database on its command line. */
export async function isServerOf(databaseFile: string, pid: number): Promise<boolean> {
  const commandLine = await readCommandLine(pid);
  return commandLine !== undefined && commandLine.includes('start-dev') && commandLine.includes(databaseFile);
}

async function readCommandLine(pid: number): Promise<string | undefined> {
  if (process.platform === 'linux') {
    // Empty for a zombie, which is as gone as a server can be.
    return readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => undefined);
  }
  if (process.platform === 'win32') {
    const query = `(Get-CimInstance Win32_Process -Filter "ProcessId=${pid}").CommandLine`;
    return outputOf('powershell', ['-NoProfile', '-Command', query]);
  }
  return outputOf('ps', ['-ww', '-o', 'command=', '-p', String(pid)]);
}

async function outputOf(file: string, args: readonly string[]): Promise<string | undefined> {
  return promisify(execFile)(file, [...args]).then(
    ({ stdout }) => stdout,
    () => undefined,
  );
}

function isServerRecord(value: unknown): value is ServerRecord {
  return (
    typeof value === 'object' &&
    value !== null &&
    'pid' in value &&
    Number.isInteger(value.pid) &&
    'port' in value &&
    Number.isInteger(value.port) &&
    'uiPort' in value &&
    Number.isInteger(value.uiPort) &&
    'databaseFile' in value &&
    typeof value.databaseFile === 'string' &&
    'startedWith' in value &&
    typeof value.startedWith === 'string'
  );
}

function hasCode(error: unknown, code: string): boolean {
  return error instanceof Error && 'code' in error && error.code === code;
}
