import type { Command } from 'commander';
import { createRunControl } from '../../run-control.ts';
import type { RunRecord } from '../../domain/run.ts';
import { RunCancelled, RunFailed, UserError } from '../../domain/errors.ts';
import { refuseFutureSlot } from '../../domain/future-slot.ts';
import { sampleShopper, sampleShoppers } from '../../domain/sample-shoppers.ts';
import { applyDefinitions } from '../../schedules/apply.ts';
import { readDefinitionsFolder } from '../../schedules/definitions-folder.ts';
import { allowWrites, mayWriteProfiles, profileIndexOf } from '../../workers/open-profiles.ts';
import type { StrataRuntime } from '../../workers/runtime.ts';
import { applyOptionsOf, publishedLine, definitionLines, describeSteps } from '../apply.ts';
import { execute, instant, strataCommand } from '../command.ts';
import type { CommonOptions, Context } from '../context.ts';
import { EXIT, exitCodeOfRun } from '../exit.ts';
import { followRun } from '../follow-run.ts';
import { supervise, whenBroken } from '../interruption.ts';
import { sayIfNobodyWorks } from '../missing-worker.ts';
import { withOwnRuntime } from '../own-runtime.ts';
import { runJson, runLines } from '../output.ts';
import { serveRuntime } from '../serve-runtime.ts';
import { watchFolder } from '../watch-folder.ts';

const SAMPLE_PROFILES = 50_000;

interface UpOptions extends CommonOptions {
  readonly once?: boolean;
  readonly slot?: string;
  readonly yes?: boolean;
}

export function upCommand(): Command {
  return strataCommand(
    'up',
    'Starts everything, runs live segmentation once and keeps the schedules',
    'up --once --json',
  )
    .option('--once', 'end after the table')
    .option(
      '--slot <instant>',
      'the logical time of the first run, ISO 8601 with a zone (default: now)',
      instant,
    )
    .option('--yes', 'let Strata write an Elasticsearch index that it has never written')
    .action((options: UpOptions) => execute(options, (context) => up(context, options)));
}

/** The main job: server, workers, schedules and a first run; then stays until it is told to stop. */
function up(context: Context, options: UpOptions): Promise<number> {
  const stays = options.once !== true;
  refuseExamples(context, options);
  refuseFutureSlot({ mode: 'write', slot: options.slot }, new Date());
  return withOwnRuntime(context, { stays, makesIndex: true }, async ({ runtime, interruption, atEnd }) => {
    if (context.config.ELASTIC_HOST === undefined) await fillWithSample(runtime, context.report);
    const mode = await firstMode(context, options);
    atEnd(await serveRuntime(context, runtime));
    const run = await supervise(runtime, interruption, async (signal) => {
      await apply(context, runtime);
      signal.throwIfAborted();
      return firstRun(context, runtime, { slot: options.slot, mode }, signal).catch(sayEnd(context));
    });
    if (run !== null) showRun(context, run);
    if (mode === 'count') context.report(ALLOW);
    if (run !== null) await warnOfEmptyIndex(context, runtime);
    if (!stays) return run === null ? EXIT.failed : exitCodeOfRun(run);
    const { uiAddress } = runtime.temporal;
    if (uiAddress !== undefined) context.report(`Temporal UI at ${uiAddress}`);
    const again = () => apply(context, runtime);
    atEnd(watchFolder(context.config.STRATA_SEGMENTS, { apply: again, report: context.report }));
    context.report('Ctrl-C stops everything; the schedules go on at the next start.');
    await Promise.race([interruption.asked, whenBroken(runtime)]);
    return EXIT.done;
  });
}

const ALLOW =
  'Nothing was written: these profiles have never been written by Strata. `strata up --yes`, or `strata run live --yes` beside it, allows it; until then scheduled runs fail.';

/** A name that nothing has becomes an index of our own, also where it was only misspelt. */
async function warnOfEmptyIndex({ config, report }: Context, { stores }: StrataRuntime): Promise<void> {
  if (config.ELASTIC_HOST === undefined || (await stores.profiles.countProfiles()) > 0) return;
  report(
    `The index "${profileIndexOf(config)}" has no profiles. Is it the one you mean? ELASTIC_PROFILE_INDEX names it.`,
  );
}

/** A first run on somebody's profiles only shows what it would do. */
async function firstMode({ config }: Context, { yes }: UpOptions): Promise<'write' | 'count'> {
  if (yes === true) await allowWrites(config);
  return (await mayWriteProfiles(config)) ? 'write' : 'count';
}

function refuseExamples({ config, env }: Context, { segments }: UpOptions): void {
  if (config.ELASTIC_HOST === undefined || segments !== undefined || env['STRATA_SEGMENTS'] !== undefined)
    return;
  throw new UserError(
    'ELASTIC_HOST names real profiles, and the segments here are examples. Name the folder of your own with --segments or STRATA_SEGMENTS.',
  );
}

/** An empty store is filled, and one whose filling a crash cut short is filled up. */
async function fillWithSample({ stores }: StrataRuntime, report: (line: string) => void): Promise<void> {
  const { profiles } = stores;
  const now = Date.now();
  const has = async (index: number) =>
    (await profiles.readProfile(sampleShopper(index, { now }).id)) !== null;
  const isCutShort = async () => (await has(1)) && !(await has(SAMPLE_PROFILES));
  if ((await profiles.countProfiles()) > 0 && !(await isCutShort())) return;
  report(
    `the profile store is empty, or an earlier start did not finish filling it: making ${SAMPLE_PROFILES.toLocaleString('en')} sample shoppers …`,
  );
  await stores.putProfiles(sampleShoppers(SAMPLE_PROFILES, { now }));
}

async function apply(context: Context, { client }: StrataRuntime): Promise<void> {
  const { config, report } = context;
  const sources = await readDefinitionsFolder(config.STRATA_SEGMENTS);
  const options = applyOptionsOf(context);
  const applied = await sayIfNobodyWorks({ client, environment: config.STRATA_ENV, report }, () =>
    applyDefinitions(client, sources, options),
  );
  const { plan } = applied;
  for (const line of definitionLines(applied, options.owner)) report(line);
  report(publishedLine(applied));
  for (const line of describeSteps(plan.steps)) report(`schedules: ${line}`);
}

async function firstRun(
  context: Context,
  { client, stores }: StrataRuntime,
  { slot, mode }: { readonly slot: string | undefined; readonly mode: 'write' | 'count' },
  signal: AbortSignal,
): Promise<RunRecord> {
  const { config, report } = context;
  const control = createRunControl(client, config.STRATA_ENV, stores.operations);
  const run = await control.startRun({
    window: config.STRATA_WINDOW,
    mode,
    ...(slot === undefined ? {} : { slot }),
  });
  report(`run ${run.runId}`);
  return followRun(run, { operations: stores.operations, client, context, signal });
}

/** How the first run ends is not the end of `up`: the schedules go on. */
function sayEnd({ report }: Context): (error: unknown) => null {
  return (error) => {
    if (!(error instanceof RunCancelled) && !(error instanceof RunFailed)) throw error;
    report(error.message);
    return null;
  };
}

function showRun({ print, json }: Context, run: RunRecord): void {
  if (json) return print(JSON.stringify(runJson(run), null, 2));
  for (const line of runLines(run)) print(line);
}
