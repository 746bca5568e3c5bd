import { execFile } from 'node:child_process';
import { promisify } from 'node:util';

const VERSION_TIMEOUT_MS = 10_000;
const OLDEST_SERVER_TESTED = { major: 1, minor: 29 };

export type ExecutableCheck =
  | { readonly kind: 'accepted'; readonly serverVersion: string | undefined }
  | { readonly kind: 'refused'; readonly reason: string };

/** Accepts a file only when it runs: a truncated download or another platform's binary is refused here. */
export async function checkExecutable(path: string): Promise<ExecutableCheck> {
  try {
    const { stdout } = await promisify(execFile)(path, ['--version'], {
      timeout: VERSION_TIMEOUT_MS,
      killSignal: 'SIGKILL',
    });
    return { kind: 'accepted', serverVersion: toServerVersion(stdout) };
  } catch (error) {
    return { kind: 'refused', reason: toReason(error) };
  }
}

/** What to tell about a version that was accepted, or nothing. */
export function versionWarning(serverVersion: string | undefined): string | undefined {
  if (serverVersion === undefined) {
    return 'it does not say which Temporal server it holds; Strata is tested with 1.29';
  }
  const [major = 0, minor = 0] = serverVersion.split('.').map(Number);
  const { major: oldestMajor, minor: oldestMinor } = OLDEST_SERVER_TESTED;
  const isOld = major < oldestMajor || (major === oldestMajor && minor < oldestMinor);
  return isOld ? `its server ${serverVersion} is older than 1.29, the oldest one tested` : undefined;
}

/** A binary built by `go install` calls itself 0.0.0-DEV, so only the server's part of the line says anything. */
export function toServerVersion(versionLine: string): string | undefined {
  return /server (\d+\.\d+\.\d+)/i.exec(versionLine)?.[1];
}

function toReason(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const { code, killed, stderr } = error as Error & { code?: unknown; killed?: boolean; stderr?: string };
  if (code === 'ENOENT') return 'there is no such file';
  if (code === 'EACCES') return 'it is not executable';
  if (killed === true) return `--version did not end within ${VERSION_TIMEOUT_MS / 1000} s`;
  const firstLine = stderr?.trim().split('\n')[0] ?? '';
  return `--version failed (${String(code)})${firstLine === '' ? '' : `: ${firstLine}`}`;
}
