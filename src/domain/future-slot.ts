import { UserError } from './errors.ts';
import type { RunMode } from './run.ts';

/** How far the clocks of a client, a worker and the Temporal server may be apart before that alone stops runs. */
const CLOCKS_APART_MS = 5 * 60_000;

export interface SlotToWrite {
  readonly mode: RunMode;
  /** ISO 8601 with a zone; now when left out. */
  readonly slot?: string | undefined;
  readonly force?: boolean | undefined;
}

/**
 * Throws a UserError for a run that would write for a slot that is yet to come: every run until then would be
 * superseded by it and write nothing. Asked again by the plan, whoever has started the run: a schedule can be
 * backfilled for times to come.
 */
export function refuseFutureSlot({ mode, slot, force }: SlotToWrite, now: Date): void {
  if (mode !== 'write' || force === true || slot === undefined) return;
  if (Date.parse(slot) <= now.getTime() + CLOCKS_APART_MS) return;
  throw new UserError(
    `The slot ${new Date(slot).toISOString()} is in the future: it is ${now.toISOString()} by the clock here. ` +
      'Once it has begun, every run for an earlier slot, scheduled ones too, is superseded and writes nothing until then. ' +
      'Leave the slot out for now, look at it by a dry run (`strata run live --slot … --dry-run`), or write in spite of it with --force.',
  );
}
