import { userInfo } from 'node:os';
import type { ApplyOptions } from '../schedules/apply.ts';
import type { PlannedStep } from '../schedules/reconcile.ts';
import type { Context } from './context.ts';

export function applyOptionsOf(
  { config }: Context,
  flags: { readonly owner?: string; readonly prune?: boolean } = {},
): ApplyOptions {
  return {
    environment: config.STRATA_ENV,
    window: config.STRATA_WINDOW,
    author: userInfo().username,
    owner: flags.owner ?? null,
    prune: flags.prune ?? false,
  };
}

/** One line a step, in the order they are carried out. */
export function describeSteps(steps: readonly PlannedStep[]): readonly string[] {
  return steps.map((step) => {
    switch (step.kind) {
      case 'create':
        return `+ ${step.schedule.scheduleId}: ${step.schedule.summary}; first runs ${step.schedule.firstRuns.join(', ')}`;
      case 'update':
        return `~ ${step.schedule.scheduleId}: ${step.schedule.summary}${step.paused ? ' (stays paused)' : ''}; next runs ${step.schedule.firstRuns.join(', ')}`;
      case 'unchanged':
        return `= ${step.schedule.scheduleId}: unchanged${step.paused ? ', paused by an operator' : ''}`;
      case 'pause':
        return `! ${step.scheduleId}: paused, ${step.reason}`;
      case 'delete':
        return `- ${step.scheduleId}: deleted, ${step.reason}`;
      case 'orphan':
        return `? ${step.scheduleId}: ${step.reason}`;
    }
  });
}
