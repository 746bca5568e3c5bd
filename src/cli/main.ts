#!/usr/bin/env node
import { CommanderError } from 'commander';
import { commandGroup } from './command.ts';
import { checkCommand } from './commands/check.ts';
import { importCommand } from './commands/import.ts';
import { migrateCommand } from './commands/migrate.ts';
import {
  changesCommand,
  explainCommand,
  explainPlanCommand,
  membersCommand,
  runsCommand,
} from './commands/reads.ts';
import { retryCommand, runCommand } from './commands/run.ts';
import { segmentsCommand } from './commands/segments.ts';
import { schedulesCommand } from './commands/schedules.ts';
import { upCommand } from './commands/up.ts';
import { workerCommand } from './commands/worker.ts';
import { EXIT, exitCodeOf, messageOf } from './exit.ts';
import { printable } from './printable.ts';
import { VERSION } from './version.ts';

const program = commandGroup(
  'strata',
  'Keeps customer segments right: defined as files, computed durably on Temporal.',
)
  .version(VERSION)
  .addHelpText(
    'after',
    '\nExit codes: 0 done; 1 the run or the check failed; 2 a mistake you can mend; 3 done with exceptions; 130 interrupted.',
  )
  .addCommand(upCommand())
  .addCommand(checkCommand())
  .addCommand(importCommand())
  .addCommand(runCommand())
  .addCommand(retryCommand())
  .addCommand(runsCommand())
  .addCommand(segmentsCommand())
  .addCommand(membersCommand())
  .addCommand(changesCommand())
  .addCommand(explainCommand())
  .addCommand(explainPlanCommand())
  .addCommand(schedulesCommand())
  .addCommand(migrateCommand())
  .addCommand(workerCommand());

// Whoever reads has gone, as `head` does: nothing more is said, and the work ends as it would have.
for (const stream of [process.stdout, process.stderr])
  stream.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') throw error;
  });

try {
  await program.parseAsync();
} catch (error) {
  // Commander has printed its own message; --help and --version end here too, with code 0.
  if (!(error instanceof CommanderError)) process.stderr.write(`strata: ${printable(messageOf(error))}\n`);
  process.exitCode =
    error instanceof CommanderError ? (error.exitCode === 0 ? 0 : EXIT.mistake) : exitCodeOf(error);
}
