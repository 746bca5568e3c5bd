/** The user's definition does not parse or compile; `message` names file, line and column. */
export class InvalidSegment extends Error {
  override readonly name = 'InvalidSegment';
}

/** No definition has this id. */
export class SegmentNotFound extends Error {
  override readonly name = 'SegmentNotFound';
}

/**
 * Something the user can mend: a wrong flag, an unwritable folder, a server that is not there. Entry points
 * print its message alone, without a stack.
 */
export class UserError extends Error {
  override readonly name = 'UserError';
}

/**
 * The API of the process that owns the stores cannot be read: nobody listens there (`refused`), somebody does and
 * says nothing in time (`silent`), or what comes back is no answer of Strata (`strange`).
 */
export class ApiUnreachable extends Error {
  override readonly name = 'ApiUnreachable';
  readonly kind: 'refused' | 'silent' | 'strange';

  constructor(kind: ApiUnreachable['kind'], message: string, options?: ErrorOptions) {
    super(message, options);
    this.kind = kind;
  }
}

/** No connection to a Temporal server can be made where one is looked for. */
export class TemporalUnreachable extends Error {
  override readonly name = 'TemporalUnreachable';
}

/** The ledger does not know this run or batch. */
export class RunNotFound extends Error {
  override readonly name = 'RunNotFound';
}

/** The profile store has no profile of this id. */
export class ProfileNotFound extends Error {
  override readonly name = 'ProfileNotFound';
}

/** What the person who asked can mend, by the names that also cross Temporal and HTTP. */
export const MISTAKES: Readonly<Record<string, new (message: string, options?: ErrorOptions) => Error>> = {
  UserError,
  InvalidSegment,
  SegmentNotFound,
  RunNotFound,
  ProfileNotFound,
};

/** The run ended without a result: it could not be planned, or every batch failed. */
export class RunFailed extends Error {
  override readonly name = 'RunFailed';
}

/** Somebody has cancelled or terminated the run; what it had written stays. */
export class RunCancelled extends Error {
  override readonly name = 'RunCancelled';
}

/** What a person can act on: Temporal wraps an activity's error in a failure of the activity, and that in one of the child. */
export function rootMessage(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return error.cause instanceof Error ? rootMessage(error.cause) : error.message;
}

const SYSTEM: Readonly<Record<string, string>> = {
  ENOENT: 'there is nothing of that name',
  EACCES: 'it may not be read by this user',
  EISDIR: 'it is a folder',
  ENOTDIR: 'a part of its path is no folder',
};

/** Why a file cannot be read; Node's own text would repeat the name with a code and the name of a call. */
export function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const known = 'code' in error ? SYSTEM[String(error.code)] : undefined;
  return known ?? error.message;
}
