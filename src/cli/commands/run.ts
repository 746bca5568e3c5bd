import { Option, type Command } from 'commander';
import { createRunControl, type RunHandle, type StartRun } from '../../run-control.ts';
import { commandGroup, execute, instant, strataCommand, windowOf } from '../command.ts';
import type { CommonOptions, Context } from '../context.ts';
import { explanationLines } from '../explanation.ts';
import { UserError } from '../../domain/errors.ts';
import { refuseFutureSlot } from '../../domain/future-slot.ts';
import type { RunMode } from '../../domain/run.ts';
import { EXIT, exitCodeOfRun } from '../exit.ts';
import { allowWrites, mayWriteProfiles } from '../../workers/open-profiles.ts';
import { followRun } from '../follow-run.ts';
import { runJson, runLines } from '../output.ts';
import { findRunningProcess } from '../running-process.ts';
import { withControl, withReads, type ControlSession } from '../session.ts';
import { readSample } from '../sample-changes.ts';

interface RunLiveOptions extends CommonOptions {
  readonly slot?: string;
  readonly segment?: readonly string[];
  readonly window?: number;
  readonly wait: boolean;
  readonly dryRun?: boolean;
  readonly audit?: boolean;
  readonly force?: boolean;
  readonly yes?: boolean;
}

export function runCommand(): Command {
  const live = strataCommand('live', 'Runs live segmentation now', 'run live --segment big-spender --dry-run')
    .option('--slot <instant>', 'the logical time, ISO 8601 with a zone (default: now)', instant)
    .option('--segment <id...>', 'only these segments')
    .option('--window <n>', 'batches worked on side by side', windowOf)
    .option('--wait', 'wait for the end and show the numbers (the default)', true)
    .option('--no-wait', 'only start the run; needs `strata up` or a worker elsewhere')
    .option('--dry-run', 'show what would enter and leave, write nothing')
    .addOption(
      new Option(
        '--audit',
        'evaluate every profile without brackets and report drift, write nothing',
      ).conflicts('dryRun'),
    )
    .option(
      '--force',
      'write even where a newer slot has begun, a limit is broken or the slot is yet to come',
    )
    .option('--yes', 'let Strata write an Elasticsearch index that it has never written')
    .action((options: RunLiveOptions) => execute(options, (context) => runLive(context, options)));
  return commandGroup('run', 'Starts a run').addCommand(live);
}

export function retryCommand(): Command {
  return strataCommand(
    'retry',
    'Works again on the unfinished batches of a closed run',
    'retry live/every-1h/2026-11-20T09:00:00.000Z',
  )
    .argument('<run>')
    .action((runId: string, options: CommonOptions) =>
      execute(options, (context) => retryRun(context, runId)),
    );
}

async function retryRun(context: Context, runId: string): Promise<number> {
  // Before a server is started: one of a mistyped id would be for nothing.
  await withReads(context, ({ operations }) => operations.run(runId));
  return withControl(context, async (session) => {
    const control = createRunControl(session.client, context.config.STRATA_ENV, session.operations);
    return finish(context, session, await control.retryRun(runId));
  });
}

async function runLive(context: Context, options: RunLiveOptions): Promise<number> {
  if (!options.wait && (await findRunningProcess(context.config)) === null) {
    throw new UserError(
      '--no-wait leaves the run to a worker that stays, and none is running here: start `strata up` or `npm run worker` first, or leave --no-wait out.',
    );
  }
  const asked = toStart(context, options);
  refuseFutureSlot(asked, new Date());
  // Before a server or a run is started: one of a misspelt id, or of nothing, would stay in the history as failed.
  await withReads(context, ({ operations }) => operations.assertRunnable(options.segment ?? null));
  if (options.yes === true) await allowWrites(context.config);
  const start = await allowedStart(context, asked);
  return withControl(context, async (session) => {
    const control = createRunControl(session.client, context.config.STRATA_ENV, session.operations);
    const run = await control.startRun(start);
    if (options.wait) return finish(context, session, run);
    context.print(
      context.json
        ? JSON.stringify({ runId: run.runId, workflowId: run.workflowId })
        : `started ${run.runId}`,
    );
    return EXIT.done;
  });
}

function toStart(
  { config }: Context,
  { slot, segment, window, dryRun, audit, force }: RunLiveOptions,
): StartRun & { readonly mode: RunMode } {
  return {
    mode: audit === true ? 'audit' : dryRun === true ? 'count' : 'write',
    window: window ?? config.STRATA_WINDOW,
    ...(slot === undefined ? {} : { slot }),
    ...(segment === undefined ? {} : { segmentIds: [...segment] }),
    ...(force === undefined ? {} : { force }),
  };
}

/** A first run on somebody's profiles only shows what it would do. */
async function allowedStart({ config, report }: Context, start: StartRun): Promise<StartRun> {
  if (start.mode !== 'write' || (await mayWriteProfiles(config))) return start;
  report('These profiles have never been written by Strata, so this is a dry run; --yes lets it write.');
  return { ...start, mode: 'count' };
}

async function finish(context: Context, session: ControlSession, handle: RunHandle): Promise<number> {
  context.report(`run ${handle.runId}`);
  const run = await followRun(handle, { ...session, context });
  const sample = run.mode === 'count' ? await readSample(session.operations, run) : [];
  if (context.json)
    context.print(JSON.stringify({ ...runJson(run), ...(run.mode === 'count' ? { sample } : {}) }, null, 2));
  else {
    for (const line of runLines(run)) context.print(line);
    for (const { change, explained } of sample) {
      context.print(
        `\n${change.id} would ${[...change.entered.map((value) => `enter ${value}`), ...change.left.map((value) => `leave ${value}`)].join(', ')}`,
      );
      for (const each of explained) context.print(explanationLines(each).join('\n'));
    }
  }
  return exitCodeOfRun(run);
}
