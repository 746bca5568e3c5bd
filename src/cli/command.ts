import { Command } from 'commander';
import { UserError } from '../domain/errors.ts';
import { createContext, type CommonOptions, type Context } from './context.ts';

/** A command with the options they all take, and an example below its help. */
export function strataCommand(name: string, description: string, example: string): Command {
  return new Command(name)
    .description(description)
    .option('--data <dir>', 'data folder of the embedded stores (STRATA_DATA, default .strata)')
    .option('--segments <dir>', 'folder of segment definitions (STRATA_SEGMENTS, default segments)')
    .option('--json', 'one JSON document on standard output')
    .exitOverride()
    .addHelpText('after', `\nExample:\n  $ strata ${example}`);
}

/** Runs a command's work; its answer is the exit code. */
export async function execute(
  options: CommonOptions,
  work: (context: Context) => Promise<number>,
): Promise<void> {
  process.exitCode = await work(createContext(options));
}

export function positive(text: string): number {
  const value = Number(text);
  if (Number.isInteger(value) && value >= 1) return value;
  throw new UserError(`"${text}" is not a whole number above 0.`);
}
