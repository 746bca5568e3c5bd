import type { Command } from 'commander';
import { startRuntime } from '../../workers/runtime.ts';
import { execute, strataCommand } from '../command.ts';
import type { CommonOptions, Context } from '../context.ts';
import { EXIT } from '../exit.ts';
import { serveRuntime } from '../serve-runtime.ts';
import { untilSignal } from '../until-signal.ts';

export function workerCommand(): Command {
  return strataCommand(
    'worker',
    'Works on the task queues and serves the API, until it is told to stop',
    'worker --data /var/lib/strata',
  ).action((options: CommonOptions) => execute(options, worker));
}

async function worker(context: Context): Promise<number> {
  const interrupted = untilSignal();
  const runtime = await startRuntime(context);
  const undo: (() => Promise<void>)[] = [() => runtime.stop()];
  try {
    undo.push(await serveRuntime(context, runtime));
    context.report(`working for environment "${context.config.STRATA_ENV}" on ${runtime.temporal.address}`);
    await Promise.race([
      interrupted,
      runtime.ended,
      runtime.temporal.lost.then((error) => Promise.reject(error)),
    ]);
    return EXIT.done;
  } finally {
    context.report('stopping: batches under way finish their page …');
    for (const step of undo.reverse()) await step();
  }
}
