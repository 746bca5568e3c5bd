import { z } from 'zod';
import { UserError } from './errors.ts';
import type { MembershipChange } from './run.ts';

/** Where a line stands in the log as it is listed: newest run first, then by profile id and scan. */
export interface LogPlace {
  /** Run and scan as the ledger numbers them. */
  readonly run: number;
  readonly profileId: string;
  readonly scan: number;
  /** Counts all values of the entry, so that it stays whatever a segment's values become. */
  readonly line: number;
}

/** What a scan of a run changed in a profile: a line for each value, those that it left first. */
export interface LogEntry extends Omit<LogPlace, 'line'> {
  readonly runId: string;
  readonly slot: string;
  readonly at: string;
  readonly left: readonly string[];
  readonly entered: readonly string[];
}

export const START: LogPlace = { run: 2 ** 32 - 1, profileId: '', scan: 0, line: -1 };

const Place = z.tuple([z.uint32(), z.string(), z.uint32(), z.uint32()]);

/** In letters that no shell and no URL minds; one that was cut off is not read as another place. */
function toCursor({ run, profileId, scan, line }: LogPlace): string {
  return Buffer.from(JSON.stringify([run, profileId, scan, line])).toString('base64url');
}

export function placeOf(cursor: string | undefined): LogPlace {
  if (cursor === undefined) return START;
  try {
    const [run, profileId, scan, line] = Place.parse(JSON.parse(Buffer.from(cursor, 'base64url').toString()));
    return { run, profileId, scan, line };
  } catch (error) {
    throw new UserError(
      `"${cursor}" is no place in the membership log: to go on, take the cursor that came with its lines, whole.`,
      { cause: error },
    );
  }
}

/** The entry's lines of these values, without those up to the place if it is in this entry. */
export function linesAfter(
  place: LogPlace,
  entry: LogEntry,
  values: ReadonlySet<string>,
): readonly MembershipChange[] {
  const { runId, slot, run, profileId, scan, at } = entry;
  const isBegun = run === place.run && profileId === place.profileId && scan === place.scan;
  const said = [
    ...entry.left.map((value) => ({ value, change: 'left' as const })),
    ...entry.entered.map((value) => ({ value, change: 'entered' as const })),
  ];
  return said
    .map((words, line) => ({ words, line }))
    .filter(({ words, line }) => values.has(words.value) && !(isBegun && line <= place.line))
    .map(({ words, line }) => ({
      runId,
      slot,
      profileId,
      at,
      ...words,
      cursor: toCursor({ run, profileId, scan, line }),
    }));
}
