import {
  InvalidSegment,
  ProfileNotFound,
  RunFailed,
  RunNotFound,
  SegmentNotFound,
  UserError,
} from '../domain/errors.ts';

export const EXIT = { done: 0, failed: 1, mistake: 2 } as const;

const MENDABLE = [UserError, InvalidSegment, SegmentNotFound, RunNotFound, ProfileNotFound];

export function exitCodeOf(error: unknown): number {
  return MENDABLE.some((kind) => error instanceof kind) ? EXIT.mistake : EXIT.failed;
}

/** A user's mistake is told in its own words; anything else is a bug and keeps its stack. */
export function messageOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const told = error instanceof RunFailed || exitCodeOf(error) === EXIT.mistake;
  return told ? error.message : (error.stack ?? error.message);
}
