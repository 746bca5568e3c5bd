import { Option, type Command } from 'commander';
import { ROLES, toRoles, type Role } from '../../workers/roles.ts';
import { execute, strataCommand } from '../command.ts';
import type { CommonOptions, Context } from '../context.ts';
import { EXIT } from '../exit.ts';
import { whenBroken } from '../interruption.ts';
import { withOwnRuntime } from '../own-runtime.ts';
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
    .addOption(
      new Option('--roles <list>', 'what it works on').argParser(toRoles).default(ROLES, ROLES.join(',')),
    )
    .action((options: WorkerOptions) => execute(options, (context) => worker(context, options.roles)));
}

function worker(context: Context, roles: readonly Role[]): Promise<number> {
  // Only the name that it has by default is surely meant.
  const makesIndex = context.config.ELASTIC_PROFILE_INDEX === undefined;
  return withOwnRuntime(
    context,
    { stays: true, roles, makesIndex },
    async ({ runtime, interruption, atEnd }) => {
      atEnd(await serveRuntime(context, runtime));
      const { STRATA_ENV: environment } = context.config;
      context.report(
        `working for environment "${environment}" on ${runtime.temporal.address} as ${roles.join(', ')}`,
      );
      await Promise.race([interruption.asked, whenBroken(runtime)]);
      return EXIT.done;
    },
  );
}
