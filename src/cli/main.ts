#!/usr/bin/env node
import { CommanderError, type Command } from 'commander';
import { commandGroup } from './command.ts';
import { EXIT, exitCodeOf, messageOf } from './exit.ts';
import { printable } from './printable.ts';
import { VERSION } from './version.ts';

/** In the order of the help. Each with what it works with, stores and servers, which take seconds to load. */
const COMMANDS = {
  up: async () => (await import('./commands/up.ts')).upCommand(),
  check: async () => (await import('./commands/check.ts')).checkCommand(),
  import: async () => (await import('./commands/import.ts')).importCommand(),
  run: async () => (await import('./commands/run.ts')).runCommand(),
  retry: async () => (await import('./commands/run.ts')).retryCommand(),
  runs: async () => (await import('./commands/reads.ts')).runsCommand(),
  segments: async () => (await import('./commands/segments.ts')).segmentsCommand(),
  members: async () => (await import('./commands/reads.ts')).membersCommand(),
  changes: async () => (await import('./commands/reads.ts')).changesCommand(),
  explain: async () => (await import('./commands/reads.ts')).explainCommand(),
  'explain-plan': async () => (await import('./commands/reads.ts')).explainPlanCommand(),
  schedules: async () => (await import('./commands/schedules.ts')).schedulesCommand(),
  migrate: async () => (await import('./commands/migrate.ts')).migrateCommand(),
  worker: async () => (await import('./commands/worker.ts')).workerCommand(),
};

const program = commandGroup(
  'strata',
  'Keeps customer segments right: defined as files, computed durably on Temporal.',
)
  .version(VERSION)
  .addHelpText(
    'after',
    '\nExit codes: 0 done; 1 the run or the check failed; 2 a mistake you can mend; 3 done with exceptions; 130 interrupted.',
  );
for (const load of commandsFor(process.argv[2])) program.addCommand(await load());

/** The command asked for alone, none for the version, and all for the help and for what was misspelt. */
function commandsFor(name: string | undefined): readonly (() => Promise<Command>)[] {
  if (name === '--version' || name === '-V') return [];
  const asked = Object.entries(COMMANDS).find(([each]) => each === name);
  return asked === undefined ? Object.values(COMMANDS) : [asked[1]];
}

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
