import { Command, InvalidArgumentError } from 'commander';
import { z } from 'zod';
import { MAX_ROWS } from '../api/operations.ts';
import { MAX_WINDOW } from '../domain/batches.ts';
import { createContext, type CommonOptions, type Context } from './context.ts';
import { misspeltVariables } from './misspelt-variables.ts';

/** A command with the options they all take, and an example below its help. */
export function strataCommand(name: string, description: string, example: string): Command {
  return ownCommand(name, description)
    .option('--data <dir>', 'data folder of the embedded stores (STRATA_DATA, default .strata)')
    .option('--segments <dir>', 'folder of segment definitions (STRATA_SEGMENTS, default segments)')
    .option('--json', 'one JSON document on standard output')
    .addHelpText('after', `\nExample:\n  $ strata ${example}`);
}

/** A command that only holds others. */
export function commandGroup(name: string, description: string): Command {
  return ownCommand(name, description);
}

function ownCommand(name: string, description: string): Command {
  return new Command(name)
    .description(description)
    .exitOverride()
    .configureOutput({
      outputError: (message, write) => write(message.replace(/^error: /, 'strata: ')),
    });
}

/** Runs a command's work; its answer is the exit code. */
export async function execute(
  options: CommonOptions,
  work: (context: Context) => Promise<number>,
): Promise<void> {
  const context = createContext(options);
  for (const line of misspeltVariables(context.env)) context.report(line);
  process.exitCode = await work(context);
}

/** An instant of a flag, refused before anything is started. */
export function instant(text: string): string {
  if (z.iso.datetime({ offset: true }).safeParse(text).success) return text;
  throw new InvalidArgumentError('Use an instant such as 2026-11-20T09:00:00Z.');
}

/** How many rows a read answers at the most, alone and through the API. */
export function rowLimit(text: string): number {
  const rows = positive(text);
  if (rows <= MAX_ROWS) return rows;
  throw new InvalidArgumentError(
    `Use at most ${MAX_ROWS.toLocaleString('en')}; \`members\` and \`changes\` go on with --after.`,
  );
}

/** How many batches a run works on side by side. */
export function windowOf(text: string): number {
  const window = positive(text);
  if (window <= MAX_WINDOW) return window;
  throw new InvalidArgumentError(`Use at most ${MAX_WINDOW}.`);
}

function positive(text: string): number {
  const value = Number(text);
  if (Number.isInteger(value) && value >= 1) return value;
  throw new InvalidArgumentError('Use a whole number above 0.');
}
