import { MAX_WINDOW } from '../domain/batches.ts';
import type { RunProgress } from './messages.ts';

/** For a person reading the UI. */
export function detailsOf(run: RunProgress): string {
  const lines = [
    `**${run.batchesDone} of ${run.batches} batches** done, ${run.passed.toLocaleString('en')} profile reads, slot ${run.slot}`,
    `${run.segments} segments, mode ${run.mode}, window ${run.window}`,
  ];
  if (run.leftOut > 0)
    lines.push(`${run.leftOut} definitions left out: \`strata runs ${run.runId}\` says why`);
  if (run.failedBatches.length > 0) {
    lines.push(
      `**${run.failedBatches.length} batches failed**: ${run.failedBatches.slice(0, 20).join(', ')}; send the update \`retryFailed\` to try them again`,
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
