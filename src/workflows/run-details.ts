import { MAX_WINDOW } from '../domain/batches.ts';
import { counted } from '../domain/counted.ts';
import type { RunProgress } from './messages.ts';

/** For a person reading the UI. */
export function detailsOf(run: RunProgress): string {
  const lines = [
    `**${run.state}**, slot ${run.slot}`,
    `${run.batchesDone} of ${counted(run.batches, 'batch', 'batches')} done, ${counted(run.passed, 'profile read')}`,
    `${counted(run.segments, 'segment')}, mode ${run.mode}, window ${run.window}`,
  ];
  if (run.leftOut > 0)
    lines.push(`${counted(run.leftOut, 'definition')} left out: \`strata runs ${run.runId}\` says why`);
  if (run.failedBatches.length > 0) {
    lines.push(
      `**${counted(run.failedBatches.length, 'batch', 'batches')} failed**: ${run.failedBatches.slice(0, 20).join(', ')}; send the update \`retryFailed\` to try them again`,
    );
  }
  if (run.waiting !== null) lines.push(`**Waiting:** ${run.waiting}`);
  return lines.join('\n\n');
}

export function validateWindow(next: number): void {
  if (!Number.isInteger(next) || next < 1 || next > MAX_WINDOW)
    throw new Error(`the window must be 1 to ${MAX_WINDOW}`);
}

export function validatePause(reason: string): void {
  if (typeof reason !== 'string' || reason.trim() === '') throw new Error('say why the run is paused');
}
