import { Command } from 'commander';
import { applyDefinitions, planDefinitions, problemLines } from '../../schedules/apply.ts';
import { readDefinitionsFolder } from '../../schedules/definitions-folder.ts';
import { applyOptionsOf, describeSteps } from '../apply.ts';
import { execute, strataCommand } from '../command.ts';
import type { CommonOptions, Context } from '../context.ts';
import { EXIT } from '../exit.ts';
import { withControl } from '../session.ts';

interface ScheduleOptions extends CommonOptions {
  readonly owner?: string;
  readonly prune?: boolean;
}

export function schedulesCommand(): Command {
  const options = (command: Command): Command =>
    command
      .option('--owner <team>', "only this owner's definitions")
      .option('--prune', 'delete schedules that no definition asks for, instead of pausing them');
  const plan = options(
    strataCommand('plan', 'Prints what apply would do, first runs included', 'schedules plan'),
  ).action((given: ScheduleOptions) => execute(given, (context) => showPlan(context, given)));
  const apply = options(
    strataCommand('apply', 'Publishes the definitions and makes the schedules equal them', 'schedules apply'),
  ).action((given: ScheduleOptions) => execute(given, (context) => carryOut(context, given)));
  return new Command('schedules')
    .description('Reconciles the schedules with the definitions')
    .addCommand(plan)
    .addCommand(apply);
}

async function showPlan(context: Context, flags: ScheduleOptions): Promise<number> {
  const sources = await readDefinitionsFolder(context.config.STRATA_SEGMENTS);
  const { checked, plan } = await withControl(context, ({ client }) =>
    planDefinitions(client, sources, applyOptionsOf(context, flags)),
  );
  const lines = [...problemLines(checked), ...describeSteps(plan.steps)];
  context.print(
    context.json
      ? JSON.stringify({ problems: checked.problems, steps: plan.steps }, null, 2)
      : lines.join('\n'),
  );
  return checked.problems.length === 0 ? EXIT.done : EXIT.failed;
}

async function carryOut(context: Context, flags: ScheduleOptions): Promise<number> {
  const sources = await readDefinitionsFolder(context.config.STRATA_SEGMENTS);
  const { checked, plan, published } = await withControl(context, ({ client }) =>
    applyDefinitions(client, sources, applyOptionsOf(context, flags)),
  );
  const lines = [
    ...problemLines(checked),
    `definitions: ${published.definitions} published as ${published.hash}${published.changed ? '' : ' (unchanged)'}`,
    ...describeSteps(plan.steps),
  ];
  context.print(
    context.json
      ? JSON.stringify({ problems: checked.problems, published, steps: plan.steps }, null, 2)
      : lines.join('\n'),
  );
  return checked.problems.length === 0 ? EXIT.done : EXIT.failed;
}
