import { userInfo } from 'node:os';
import { counted } from '../domain/counted.ts';
import type { RetiredReport } from '../activities/publish-definitions.ts';
import { problemLines, type Applied, type ApplyOptions } from '../schedules/apply.ts';
import type { PlannedStep } from '../schedules/reconcile.ts';
import type { Context } from './context.ts';

export function applyOptionsOf(
  { config }: Context,
  flags: { readonly owner?: string; readonly prune?: boolean; readonly pruneAll?: boolean } = {},
): ApplyOptions {
  return {
    environment: config.STRATA_ENV,
    window: config.STRATA_WINDOW,
    author: userInfo().username,
    owner: flags.owner ?? null,
    prune: flags.prune ?? flags.pruneAll ?? false,
    pruneAll: flags.pruneAll ?? false,
  };
}

/** One line a step, in the order they are carried out. */
export function describeSteps(steps: readonly PlannedStep[]): readonly string[] {
  return steps.map((step) => {
    switch (step.kind) {
      case 'create':
        return `+ ${step.schedule.scheduleId}: ${step.schedule.summary}; first runs ${step.schedule.firstRuns.join(', ')}`;
      case 'update':
        return `~ ${step.schedule.scheduleId}: ${step.schedule.summary}${step.paused ? ` (stays paused${noteOf(step)})` : ''}; next runs ${step.schedule.firstRuns.join(', ')}`;
      case 'unchanged':
        return `= ${step.schedule.scheduleId}: unchanged${step.paused ? `, paused by an operator${noteOf(step)}` : ''}`;
      case 'pause':
        return `! ${step.scheduleId}: paused, ${step.reason}`;
      case 'delete':
        return `- ${step.scheduleId}: deleted, ${step.reason}`;
      case 'orphan':
        return `? ${step.scheduleId}: ${step.reason}`;
    }
  });
}

function noteOf({ note }: { readonly note: string }): string {
  return note === '' ? '' : `: ${note}`;
}

/** What a person should know about the definitions: problems, and segments whose files are gone. */
export function definitionLines({ checked, published }: Applied, owner: string | null): readonly string[] {
  const prune = pruneCommand(checked, owner);
  return [
    ...problemLines(checked),
    ...published.retired.flatMap((each) => retiredLine(each, prune)),
    ...published.dropped.map((id) => `segment ${id}: its file is gone; no profile carries a value of it`),
    ...pruneLaterLines(published.pruneLater),
    ...retiringLines(published.retiring),
  ];
}

/** A folder without definitions may be the wrong one, and is pruned by the flag for that only. */
function pruneCommand({ definitions }: Applied['checked'], owner: string | null): string {
  const flag = definitions.length === 0 ? '--prune-all' : '--prune';
  return `strata schedules apply ${flag}${owner === null ? '' : ` --owner ${owner}`}`;
}

function retiredLine({ id, retirement, values, usedBy }: RetiredReport, prune: string): readonly string[] {
  const users = usedBy.length === 0 ? '' : `; used in the conditions of ${usedBy.join(', ')}`;
  const written = values.map((value) => `"${value}"`).join(', ');
  switch (retirement.kind) {
    case 'gone':
      return [
        values.length === 1 && values[0] === id
          ? `segment ${id}: its file is gone; its members stay; \`${prune}\` removes them${users}`
          : `segment ${id}: no file writes ${written} any more; its members stay; \`${prune}\` removes them${users}`,
      ];
    case 'pruned':
      return [`segment ${id}: its file is gone; ${written} is taken out of the profiles${users}`];
    case 'renamed':
      return [`segment ${id}: its members move to ${retirement.to}${users}`];
    case 'broken':
      return [];
  }
}

function pruneLaterLines(ids: readonly string[]): readonly string[] {
  return ids.length === 0
    ? []
    : [
        `nothing was pruned: a file does not load, and may define what no other does. Then it would be ${ids.join(', ')}`,
      ];
}

function retiringLines(retiring: Applied['published']['retiring']): readonly string[] {
  if (retiring === null) return [];
  const { runId, state, changed, reason } = retiring;
  return [
    state === 'completed'
      ? `run ${runId}: ${counted(changed, 'profile')} changed`
      : `run ${runId} is ${state}${reason === null ? '' : ` (${reason})`}: what it has not done, the next \`strata schedules apply\` does`,
  ];
}

/** Whether everything asked for has been done. */
export function isDone({ checked, published: { retiring } }: Applied): boolean {
  return checked.problems.length === 0 && (retiring === null || retiring.state === 'completed');
}

export function publishedLine({ checked, published }: Applied): string {
  const { definitions, leftOut } = checked;
  const out = leftOut.length === 0 ? '' : `, ${leftOut.length} left out because they do not load`;
  return `definitions: ${definitions.length} of this folder published${out}; set ${published.hash}${published.changed ? '' : ' (unchanged)'}`;
}
