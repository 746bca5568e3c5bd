import type { Command } from 'commander';
import { ROLES, toRoles, type Role } from '../../workers/roles.ts';
import { startRuntime, whenBroken } from '../../workers/runtime.ts';
import { execute, strataCommand } from '../command.ts';
import type { CommonOptions, Context } from '../context.ts';
import { EXIT } from '../exit.ts';
import { listenForInterruption } from '../interruption.ts';
import { serveRuntime } from '../serve-runtime.ts';

interface WorkerOptions extends CommonOptions {
  readonly roles: readonly Role[];
}

export function workerCommand(): Command {
  return strataCommand(
    'worker',
    'Works on the task queues and serves the API, until it is told to stop',
    'worker --data /var/lib/strata',
  )
    .option('--roles <list>', `what it works on: ${ROLES.join(',')}`, toRoles, ROLES)
    .action((options: WorkerOptions) => execute(options, (context) => worker(context, options.roles)));
}

async function worker(context: Context, roles: readonly Role[]): Promise<number> {
  const interruption = listenForInterruption();
  const runtime = await startRuntime({ ...context, roles, signal: interruption.signal });
  const undo: (() => Promise<void>)[] = [() => runtime.stop()];
  try {
    undo.push(await serveRuntime(context, runtime));
    const { STRATA_ENV: environment } = context.config;
    context.report(
      `working for environment "${environment}" on ${runtime.temporal.address} as ${roles.join(', ')}`,
    );
    await Promise.race([interruption.asked, whenBroken(runtime)]);
    return EXIT.done;
  } finally {
    context.report('stopping: batches under way finish their page …');
    for (const step of undo.reverse()) await step();
  }
}
