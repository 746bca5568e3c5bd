import { SingleBar, Presets } from 'cli-progress';
import type { RunHandle } from '../run-control.ts';
import type { RunProgress } from '../workflows/messages.ts';
import type { Context } from './context.ts';

const LOOK_EVERY_MS = 250;

/** Waits for a run with a bar on standard error, and says why nothing moves when that is so. */
export async function followRun(run: RunHandle, { report }: Pick<Context, 'report'>): Promise<void> {
  const bar = new SingleBar(
    {
      format: '{bar} {percentage}% | {passed} profiles passed | batch {batchesDone} of {batches}',
      stream: process.stderr,
      hideCursor: true,
      clearOnComplete: false,
    },
    Presets.shades_classic,
  );
  let ended = false;
  let waiting: string | null = null;
  const watch = async (): Promise<void> => {
    while (!ended) {
      const progress = await currentProgress(run);
      if (ended) return;
      if (progress !== null) show(bar, progress);
      if (progress !== null && progress.waiting !== waiting) {
        waiting = progress.waiting;
        if (waiting !== null) report(`waiting: ${waiting}`);
      }
      await new Promise((resolve) => setTimeout(resolve, LOOK_EVERY_MS));
    }
  };
  const watching = watch();
  try {
    await run.result();
  } finally {
    ended = true;
    await watching;
    const last = await currentProgress(run);
    if (last !== null) show(bar, last);
    bar.stop();
  }
}

function show(bar: SingleBar, { batches, batchesDone, passed, profiles }: RunProgress): void {
  if (batches === 0) return;
  const payload = {
    batches,
    batchesDone,
    passed: passed.toLocaleString('en'),
    profiles: profiles.toLocaleString('en'),
  };
  if (!bar.isActive) bar.start(batches, batchesDone, payload);
  else bar.update(batchesDone, payload);
}

/** A query needs a worker; while none answers there is no progress to show. */
async function currentProgress(run: RunHandle): Promise<RunProgress | null> {
  try {
    return await run.progress();
  } catch {
    // The bar is a courtesy: `result` reports what is really wrong.
    return null;
  }
}
