import type { Client } from '@temporalio/client';
import type { Command } from 'commander';
import { applyDefinitions, planDefinitions, type Applied } from '../../schedules/apply.ts';
import { readDefinitionsFolder } from '../../schedules/definitions-folder.ts';
import { applyOptionsOf, publishedLine, definitionLines, describeSteps, isDone } from '../apply.ts';
import { commandGroup, execute, strataCommand } from '../command.ts';
import type { CommonOptions, Context } from '../context.ts';
import { EXIT } from '../exit.ts';
import { sayIfNobodyWorks } from '../missing-worker.ts';
import { withControl } from '../session.ts';

interface ScheduleOptions extends CommonOptions {
  readonly owner?: string;
  readonly prune?: boolean;
  readonly pruneAll?: boolean;
}

export function schedulesCommand(): Command {
  const options = (command: Command): Command =>
    command
      .option('--owner <team>', "publish as this owner's, and replace only this owner's definitions")
      .option(
        '--prune',
        'remove the members of segments whose files are gone, and delete schedules that no definition asks for',
      )
      .option('--prune-all', '--prune, also where the folder defines nothing of what was applied before');
  const plan = options(
    strataCommand('plan', 'Prints what apply would do, first runs included', 'schedules plan'),
  ).action((given: ScheduleOptions) => execute(given, (context) => showPlan(context, given)));
  const apply = options(
    strataCommand('apply', 'Publishes the definitions and makes the schedules equal them', 'schedules apply'),
  ).action((given: ScheduleOptions) => execute(given, (context) => carryOut(context, given)));
  return commandGroup('schedules', 'Reconciles the schedules with the definitions')
    .addCommand(plan)
    .addCommand(apply);
}

async function showPlan(context: Context, flags: ScheduleOptions): Promise<number> {
  const sources = await readDefinitionsFolder(context.config.STRATA_SEGMENTS);
  const options = applyOptionsOf(context, flags);
  const planned = await withWorkers(context, (client) => planDefinitions(client, sources, options));
  const lines = [...definitionLines(planned, options.owner), ...describeSteps(planned.plan.steps)];
  context.print(context.json ? toJson(planned) : lines.join('\n'));
  return planned.checked.problems.length === 0 ? EXIT.done : EXIT.failed;
}

async function carryOut(context: Context, flags: ScheduleOptions): Promise<number> {
  const sources = await readDefinitionsFolder(context.config.STRATA_SEGMENTS);
  const options = applyOptionsOf(context, flags);
  const applied = await withWorkers(context, (client) => applyDefinitions(client, sources, options));
  const { plan } = applied;
  const lines = [
    ...definitionLines(applied, options.owner),
    publishedLine(applied),
    ...describeSteps(plan.steps),
  ];
  context.print(context.json ? toJson(applied) : lines.join('\n'));
  return isDone(applied) ? EXIT.done : EXIT.failed;
}

/** Both are workflows of their own. */
function withWorkers<T>(context: Context, work: (client: Client) => Promise<T>): Promise<T> {
  const { report, config } = context;
  return withControl(context, ({ client }) =>
    sayIfNobodyWorks({ client, environment: config.STRATA_ENV, report }, () => work(client)),
  );
}

function toJson({ checked, published, plan }: Applied): string {
  const { live: _, warnings, ...told } = published;
  const { definitions, leftOut, problems } = checked;
  const ofFolder = { definitions: definitions.length, leftOut };
  return JSON.stringify(
    { problems, warnings, published: { ...ofFolder, ...told }, steps: plan.steps },
    null,
    2,
  );
}
