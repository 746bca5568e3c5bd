import type { DuckDBConnection } from '@duckdb/node-api';
import type { ScanKind } from '../../domain/run.ts';
import type { ChosenRows } from './chosen-rows.ts';
import { SCAN_CODES } from './run-keys.ts';
import type { ValueCodes } from './value-codes.ts';

/** What one run has logged of one profile, a step a scan, oldest first. */
export interface RunSteps {
  readonly steps: readonly { readonly entered: readonly string[]; readonly left: readonly string[] }[];
  /** One of them is this scan's own. */
  readonly settled: boolean;
}

export interface RunScan {
  readonly run: number | null;
  readonly scan: ScanKind;
  readonly codes: ValueCodes;
}

/** By position, for the rows that this run has written. */
export async function readSteps(
  connection: DuckDBConnection,
  { run, scan, codes }: RunScan,
  where: ChosenRows,
): Promise<ReadonlyMap<number, RunSteps>> {
  const known = new Map<number, RunSteps>();
  if (run === null) return known;
  const result = await connection.run(
    `SELECT position, scan, entered, "left" FROM membership_log WHERE run = ${run} AND ${where.sql} ORDER BY rowid`,
    where.values,
  );
  for (const [position, code, entered, left] of await result.getRows()) {
    const before = known.get(Number(position)) ?? { steps: [], settled: false };
    const step = { entered: codes.decode(String(entered)), left: codes.decode(String(left)) };
    const settled = before.settled || Number(code) === SCAN_CODES[scan];
    known.set(Number(position), { steps: [...before.steps, step], settled });
  }
  return known;
}

/** Undoes the run's steps, newest first; values of others stay. */
export function membershipBefore(segments: readonly string[], { steps }: RunSteps): readonly string[] {
  let before = segments;
  for (const { entered, left } of steps.toReversed()) {
    const kept = before.filter((value) => !entered.includes(value));
    before = [...kept, ...left.filter((value) => !kept.includes(value))];
  }
  return before;
}
