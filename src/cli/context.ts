import { readConfig, type Config } from '../config.ts';
import { printable } from './printable.ts';

/** The options every command takes. */
export interface CommonOptions {
  readonly data?: string;
  readonly segments?: string;
  readonly json?: boolean;
}

/** What a command works with: settings, and where its words go. */
export interface Context {
  readonly config: Config;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly json: boolean;
  /** A line for people, on standard error, so that standard output stays what was asked for. */
  readonly report: (line: string) => void;
  /** The command's answer, on standard output. */
  readonly print: (text: string) => void;
  /** An answer for other programs: to the letter, but where a terminal reads it. */
  readonly printExactly: (text: string) => void;
}

/** Flags win over the environment. */
export function createContext(options: CommonOptions): Context {
  const env = process.env;
  const flags = { STRATA_DATA: options.data, STRATA_SEGMENTS: options.segments };
  const given = Object.fromEntries(Object.entries(flags).filter(([, value]) => value !== undefined));
  return {
    config: readConfig({ ...env, ...given }),
    env,
    json: options.json ?? false,
    report: (line) => process.stderr.write(`${printable(line)}\n`),
    print: (text) => process.stdout.write(`${printable(text)}\n`),
    printExactly: (text) => process.stdout.write(`${process.stdout.isTTY ? printable(text) : text}\n`),
  };
}
