import { InvalidArgumentError, type Command } from 'commander';
import type { ExplainedPlan, Operations } from '../../api/operations.ts';
import { UserError } from '../../domain/errors.ts';
import type { MembershipChange } from '../../domain/run.ts';
import { readDefinitionFile } from '../../schedules/definitions-folder.ts';
import { execute, instant, rowLimit, strataCommand } from '../command.ts';
import type { CommonOptions } from '../context.ts';
import { EXIT } from '../exit.ts';
import { explanationLines } from '../explanation.ts';
import { planLines } from '../plan-lines.ts';
import { modeText, runJson, runLines, secondsOf, table } from '../output.ts';
import { withReads } from '../session.ts';
import { stringify } from 'csv-stringify/sync';

interface LimitOptions extends CommonOptions {
  readonly limit: number;
}

export function runsCommand(): Command {
  return strataCommand(
    'runs',
    'Lists runs, newest first; one run with its segments when an id is given',
    'runs --limit 5',
  )
    .argument('[run]', 'id of one run')
    .option('--limit <n>', 'how many', rowLimit, 20)
    .action((id: string | undefined, options: LimitOptions) =>
      execute(options, async (context) => {
        if (id !== undefined) {
          const run = await withReads(context, ({ operations }) => operations.run(id));
          context.print(context.json ? JSON.stringify(runJson(run), null, 2) : runLines(run).join('\n'));
          return EXIT.done;
        }
        const runs = await withReads(context, ({ operations }) => operations.runs({ limit: options.limit }));
        const rows = runs.map((run) => [
          run.runId,
          modeText(run.mode),
          run.state,
          run.profiles,
          run.mode === 'write' ? (run.totals?.changed ?? null) : null,
          run.failedBatches,
          secondsOf(run),
        ]);
        context.print(
          context.json
            ? JSON.stringify(runs.map(runJson), null, 2)
            : table(['run', 'mode', 'state', 'profiles', 'changed', 'failed batches', 'seconds'], rows),
        );
        return EXIT.done;
      }),
    );
}

interface MembersOptions extends LimitOptions {
  readonly format: 'csv' | 'json';
  readonly after?: string;
}

export function membersCommand(): Command {
  return strataCommand(
    'members',
    'Lists the members of a segment, in id order',
    'members big-spender --limit 10 --format csv',
  )
    .argument('<segment>')
    .option('--limit <n>', 'how many', rowLimit, 100)
    .option('--after <id>', 'goes on after this id')
    .option('--format <format>', 'csv or json', formatOf, 'csv')
    .action((id: string, options: MembersOptions) =>
      execute(options, async (context) => {
        const { limit, after } = options;
        const members = await withReads(context, ({ operations }) =>
          operations.members(id, { limit, ...(after === undefined ? {} : { after }) }),
        );
        const asJson = context.json || options.format === 'json';
        context.printExactly(
          asJson
            ? JSON.stringify(members)
            : stringify([['id'], ...members.map((member) => [member])]).trimEnd(),
        );
        // Standard output stays one document.
        const last = members.at(-1);
        if (members.length === limit && last !== undefined)
          context.report(`there may be more: the same command goes on with --after ${last}`);
        return EXIT.done;
      }),
    );
}

function formatOf(text: string): string {
  if (text === 'csv' || text === 'json') return text;
  throw new InvalidArgumentError('Use csv or json.');
}

interface ChangesOptions extends LimitOptions {
  readonly run?: string;
  readonly after?: string;
}

export function changesCommand(): Command {
  return strataCommand(
    'changes',
    'Lists who entered and left a segment, newest run first',
    'changes big-spender --limit 10',
  )
    .argument('<segment>')
    .option('--run <id>', 'only this run')
    .option('--limit <n>', 'how many', rowLimit, 100)
    .option(
      '--after <cursor>',
      'goes on after the line of this cursor, which a list that has not reached the end says',
    )
    .action((id: string, options: ChangesOptions) =>
      execute(options, async (context) => {
        const { limit, run, after } = options;
        const { changes, next } = await withReads(context, ({ operations }) =>
          operations.changes(id, {
            limit,
            ...(run === undefined ? {} : { run }),
            ...(after === undefined ? {} : { after }),
          }),
        );
        if (context.json) context.print(JSON.stringify(changes, null, 2));
        else if (changes.length === 0) context.print(noChanges(id, after));
        else context.print(changesTable(changes));
        // Standard output stays one document.
        const say = context.json ? context.report : context.print;
        if (next !== null) say(`there are more: the same command goes on with --after ${next}`);
        return EXIT.done;
      }),
    );
}

function noChanges(id: string, after: string | undefined): string {
  if (after !== undefined) return `nothing is logged for ${id} after that line`;
  return `nobody is logged to have entered or left ${id}; whom a rename has moved did neither: the changes before it are under the former id`;
}

function changesTable(changes: readonly MembershipChange[]): string {
  const rows = changes.map(({ profileId, change, value, slot, runId }) => [
    profileId,
    change,
    value,
    slot,
    runId,
  ]);
  return table(['profile', 'change', 'value', 'slot', 'run'], rows);
}

interface ExplainOptions extends CommonOptions {
  readonly slot?: string;
}

export function explainCommand(): Command {
  return strataCommand(
    'explain',
    "Shows a segment's conditions on one profile: values found and verdicts",
    'explain big-spender shopper-000001',
  )
    .argument('<segment>')
    .argument('<profile>')
    .option('--slot <instant>', 'the time to evaluate for, ISO 8601 with a zone (default: now)', instant)
    .action((id: string, profile: string, options: ExplainOptions) =>
      execute(options, async (context) => {
        const slot = options.slot ?? new Date().toISOString();
        const explained = await withReads(context, ({ operations }) =>
          operations.explain(id, profile, { slot }),
        );
        context.print(
          context.json ? JSON.stringify(explained, null, 2) : explanationLines(explained).join('\n'),
        );
        return EXIT.done;
      }),
    );
}

interface PlanOptions extends CommonOptions {
  readonly file?: string;
}

async function planQuestion(
  id: string | undefined,
  { file }: PlanOptions,
): Promise<(operations: Operations) => Promise<ExplainedPlan>> {
  if (id !== undefined && file === undefined) return (operations) => operations.explainPlan(id);
  if (id !== undefined || file === undefined)
    throw new UserError('Name either a published segment or one definition with --file.');
  const source = await readDefinitionFile(file);
  return (operations) => operations.explainPlanOf(source);
}

export function explainPlanCommand(): Command {
  return strataCommand(
    'explain-plan',
    "Shows what a segment's run costs on Elasticsearch: what the index decides, what it cannot, and why",
    'explain-plan big-spender',
  )
    .argument('[segment]')
    .option('--file <path>', 'a definition file instead, which need not be published')
    .action((id: string | undefined, options: PlanOptions) =>
      execute(options, async (context) => {
        const ask = await planQuestion(id, options);
        const plan = await withReads(context, ({ operations }) => ask(operations));
        context.print(context.json ? JSON.stringify(plan, null, 2) : planLines(plan).join('\n'));
        return EXIT.done;
      }),
    );
}
