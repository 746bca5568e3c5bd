import Table from 'cli-table3';
import { counted } from '../domain/counted.ts';
import type { RunMode, RunRecord } from '../domain/run.ts';
import { printable } from './printable.ts';

/** A plain table; numbers to the right. */
export function table(
  head: readonly string[],
  rows: readonly (readonly (string | number | null)[])[],
): string {
  const columns = head.map((_, column) => isNumeric(rows.map((row) => row[column] ?? null)));
  const built = new Table({
    head: [...head],
    style: { head: [], border: [] },
    // No rule between rows: a run of fifty segments should fit a screen.
    chars: { mid: '', 'left-mid': '', 'mid-mid': '', 'right-mid': '' },
    colAligns: columns.map((isNumber) => (isNumber ? 'right' : 'left')),
  });
  built.push(
    ...rows.map((row) =>
      row.map((cell) => (typeof cell === 'number' ? cell.toLocaleString('en') : printable(cell ?? '-'))),
    ),
  );
  return built.toString();
}

function isNumeric(cells: readonly (string | number | null)[]): boolean {
  const given = cells.filter((cell) => cell !== null);
  return given.length > 0 && given.every((cell) => typeof cell === 'number');
}

/** A run for people: its table, which it has when its record is closed, how it stands, and what else they should know. */
export function runLines(run: RunRecord): readonly string[] {
  return [...(run.segments.length === 0 ? [] : [runTable(run)]), closing(run), ...remarks(run)];
}

function runTable(run: RunRecord): string {
  return table(
    ['segment', 'members', 'entered', 'left', 'errors', 'mismatches'],
    run.segments.map(({ id, members, entered, left, errors, mismatches }) => [
      id,
      members,
      entered,
      left,
      errors,
      mismatches,
    ]),
  );
}

/** As people call it; JSON keeps Strata's own word. */
export function modeText(mode: RunMode): string {
  return mode === 'count' ? 'dry run' : mode;
}

/** The one JSON document of a run. `seconds` is from its plan to its end. */
export function runJson(run: RunRecord): object {
  const { runId, slot, state, reason, mode, profiles, segments, leftOut, failedBatches, totals } = run;
  const { superseded, supersededBy } = run;
  return {
    runId,
    slot,
    state,
    reason,
    mode,
    profiles,
    segments,
    leftOut,
    superseded,
    supersededBy,
    failedBatches,
    totals,
    seconds: secondsOf(run),
  };
}

export function secondsOf({ startedAt, endedAt }: RunRecord): number | null {
  return endedAt === null ? null : (Date.parse(endedAt) - Date.parse(startedAt)) / 1000;
}

/** How a run stands, in one line. */
function closing(run: RunRecord): string {
  const drift = run.mode === 'audit' ? `, drift ${run.totals?.drift ?? 0}` : '';
  const dry = run.mode === 'count' ? ' (dry run: nothing was written)' : '';
  const seconds = secondsOf(run);
  const took = seconds === null ? '' : ` in ${seconds} s`;
  // How many profiles there are says nothing of a run that a newer slot has kept from them.
  const profiles = run.state === 'superseded' ? '' : `: ${counted(run.profiles, 'profile')}`;
  return `${run.state}${dry}${profiles}${took}, slot ${run.slot}${drift}`;
}

/** What a person should know about a run beside its table. */
function remarks(run: RunRecord): readonly string[] {
  const lines: string[] = [];
  for (const { id, reason } of run.leftOut) lines.push(`left out: ${id}: ${reason}`);
  if (run.totals !== null && run.totals.setAside > 0)
    lines.push(
      `${run.totals.setAside} profiles were set aside and keep their membership: unreadable, refused, or an older copy`,
    );
  if (run.totals !== null && run.totals.replayed > 0)
    lines.push(
      `${run.totals.replayed} profiles were met again after a crash or retry; none was changed twice`,
    );
  if (run.totals !== null && run.totals.reverted > 0)
    lines.push(
      `${run.totals.reverted} values had been undone by another writer and were restored; none was logged twice`,
    );
  if (run.endedAt === null && run.state !== 'running')
    lines.push(
      `${run.reason ?? 'no reason kept'}: its numbers are taken when the next run closes its record; \`strata retry ${run.runId}\` finishes it`,
    );
  lines.push(...supersededLines(run));
  if (run.state === 'held')
    lines.push(
      `nothing was written: ${run.reason ?? 'no reason kept'}. --dry-run shows who would enter and leave; change the limit or the segment, or let it through by a new run with --force`,
    );
  if (run.failedBatches > 0)
    lines.push(
      `${run.failedBatches} of ${run.batches} batches are unfinished (${run.reason ?? 'no reason kept'}); \`strata retry ${run.runId}\` tries them again`,
    );
  return lines;
}

/** A segment may have been overtaken before anything was written for it, or in the middle. */
function supersededLines({ superseded, supersededBy, segments, slot }: RunRecord): readonly string[] {
  const newer = `a newer slot${supersededBy === null ? '' : `, ${supersededBy},`}`;
  const begun = segments.filter(({ entered, left }) => entered + left > 0).map(({ id }) => id);
  const untouched = superseded.filter((id) => !begun.includes(id));
  const overtaken = superseded.filter((id) => begun.includes(id));
  const lines: string[] = [];
  if (untouched.length > 0)
    lines.push(
      `superseded: ${newer} has begun, so nothing was written for ${untouched.join(', ')}; \`strata run live --force\` writes in spite of it (this run's slot by --slot ${slot})`,
    );
  if (overtaken.length > 0)
    lines.push(
      `superseded on its way: ${newer} began while it ran; what it had not written yet stays for the newer run: ${overtaken.join(', ')}`,
    );
  return lines;
}
