import type { Command } from 'commander';
import { startRuntime, whenBroken } from '../../workers/runtime.ts';
import { execute, strataCommand } from '../command.ts';
import type { CommonOptions, Context } from '../context.ts';
import { EXIT } from '../exit.ts';
import { listenForInterruption } from '../interruption.ts';
import { serveRuntime } from '../serve-runtime.ts';

export function workerCommand(): Command {
  return strataCommand(
    'worker',
    'Works on the task queues and serves the API, until it is told to stop',
    'worker --data /var/lib/strata',
  ).action((options: CommonOptions) => execute(options, worker));
}

async function worker(context: Context): Promise<number> {
  const interruption = listenForInterruption();
  const runtime = await startRuntime({ ...context, signal: interruption.signal });
  const undo: (() => Promise<void>)[] = [() => runtime.stop()];
  try {
    undo.push(await serveRuntime(context, runtime));
    context.report(`working for environment "${context.config.STRATA_ENV}" on ${runtime.temporal.address}`);
    await Promise.race([interruption.asked, whenBroken(runtime)]);
    return EXIT.done;
  } finally {
    context.report('stopping: batches under way finish their page …');
    for (const step of undo.reverse()) await step();
  }
}
