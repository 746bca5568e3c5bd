import { ApiUnreachable, MISTAKES, RunCancelled, RunFailed, TemporalUnreachable } from '../domain/errors.ts';
import type { RunRecord } from '../domain/run.ts';
import { Interrupted } from './interruption.ts';

export const EXIT = { done: 0, failed: 1, mistake: 2, exceptions: 3, interrupted: 130 } as const;

/** What a shell is told of a run that has ended: nothing wrong, parts of it undone, or not done at all. */
export function exitCodeOfRun({ state }: Pick<RunRecord, 'state'>): number {
  if (state === 'completed') return EXIT.done;
  return state === 'completed with exceptions' ? EXIT.exceptions : EXIT.failed;
}

const MENDABLE = [...Object.values(MISTAKES), ApiUnreachable, TemporalUnreachable];

export function exitCodeOf(error: unknown): number {
  if (isInterruption(error)) return EXIT.interrupted;
  return MENDABLE.some((kind) => error instanceof kind) ? EXIT.mistake : EXIT.failed;
}

/** What waits on the signal itself, a download or a build, rejects with Node's own error. */
function isInterruption(error: unknown): boolean {
  return error instanceof Interrupted || (error instanceof Error && error.name === 'AbortError');
}

/** A user's mistake is told in its own words; anything else is a bug and keeps its stack. Several are told each so. */
export function messageOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  if (error instanceof AggregateError) return error.errors.map(messageOf).join('\n');
  const isEnd = error instanceof RunFailed || error instanceof RunCancelled;
  const told = isEnd || exitCodeOf(error) !== EXIT.failed;
  return told ? error.message : (error.stack ?? error.message);
}
