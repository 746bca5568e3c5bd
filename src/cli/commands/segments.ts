import { InvalidArgumentError, type Command } from 'commander';
import type { SegmentSummary } from '../../api/operations.ts';
import { execute, strataCommand } from '../command.ts';
import type { CommonOptions, Context } from '../context.ts';
import { EXIT } from '../exit.ts';
import { table } from '../output.ts';
import { withReads } from '../session.ts';

export function segmentsCommand(): Command {
  return strataCommand('segments', 'Lists the published definitions; pauses one of them', 'segments --json')
    .action((options: CommonOptions) => execute(options, list))
    .addCommand(pauseCommand())
    .addCommand(resumeCommand());
}

interface PauseOptions extends CommonOptions {
  readonly reason: string;
}

function pauseCommand(): Command {
  return strataCommand(
    'pause',
    'Computes a segment no more until it is resumed; its members stay',
    'segments pause big-spender --reason "prices are being corrected"',
  )
    .argument('<segment>')
    .requiredOption('--reason <text>', 'why: shown by `strata segments` and by every run', reasonOf)
    .action((id: string, given: PauseOptions, command: Command) =>
      execute(optionsOf(given, command), (context) => pause(context, id, given.reason)),
    );
}

function resumeCommand(): Command {
  return strataCommand(
    'resume',
    'Computes a paused segment again, from the next run on',
    'segments resume big-spender',
  )
    .argument('<segment>')
    .action((id: string, given: CommonOptions, command: Command) =>
      execute(optionsOf(given, command), (context) => resume(context, id)),
    );
}

function reasonOf(text: string): string {
  if (text.trim() !== '') return text.trim();
  throw new InvalidArgumentError('Say why the segment is paused.');
}

/** Both levels know the common options, and commander gives them to the upper one. */
function optionsOf(given: CommonOptions, command: Command): CommonOptions {
  return { ...command.optsWithGlobals<CommonOptions>(), ...given };
}

async function pause(context: Context, id: string, reason: string): Promise<number> {
  const paused = await withReads(context, ({ operations }) => operations.pauseSegment(id, { reason }));
  context.print(
    context.json
      ? JSON.stringify({ id, ...paused }, null, 2)
      : `${id} is paused: its members stay, and runs leave it out until \`strata segments resume ${id}\``,
  );
  return EXIT.done;
}

async function resume(context: Context, id: string): Promise<number> {
  const { wasPaused } = await withReads(context, ({ operations }) => operations.resumeSegment(id));
  const told = wasPaused ? `${id} is computed again from the next run on` : `${id} was not paused`;
  context.print(context.json ? JSON.stringify({ id, wasPaused }, null, 2) : told);
  return EXIT.done;
}

async function list(context: Context): Promise<number> {
  const segments = await withReads(context, ({ operations }) => operations.segments());
  context.print(context.json ? JSON.stringify(segments, null, 2) : segmentTable(segments));
  return EXIT.done;
}

function segmentTable(segments: readonly SegmentSummary[]): string {
  const owned = segments.some(({ owner }) => owner !== null);
  const rows = segments.map((segment) => [
    segment.id,
    ...(owned ? [segment.owner] : []),
    segment.kind,
    segment.members,
    scheduleOf(segment),
    segment.lastRun,
    segment.nextRun,
  ]);
  const head = [
    'segment',
    ...(owned ? ['owner'] : []),
    'kind',
    'members',
    'schedule',
    'last run',
    'next run',
  ];
  return table(head, rows);
}

function scheduleOf({ retired, paused, enabled, schedule, schedulePaused }: SegmentSummary): string {
  if (retired !== null) return retiredWords(retired);
  if (paused !== null) return `paused since ${paused.since}: ${paused.reason}`;
  if (!enabled) return 'disabled';
  if (schedule === null) return 'defined, not scheduled by this version';
  if (schedulePaused === null) return schedule;
  return `${schedule}, its schedule is paused${schedulePaused === '' ? '' : `: ${schedulePaused}`}`;
}

function retiredWords(retired: NonNullable<SegmentSummary['retired']>): string {
  switch (retired.kind) {
    case 'gone':
      return 'its file is gone; its members stay';
    case 'broken':
      return 'does not load: see `strata check`; its members stay';
    case 'pruned':
      return 'its members are being removed';
    case 'renamed':
      return `its members are being moved to ${retired.to}`;
  }
}
