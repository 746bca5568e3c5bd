import type { Generated } from 'kysely';

/** As the log stores them; never renumber. */
export const SCAN_CODES = { conditions: 1, workflows: 2 } as const;

/**
 * The tables as queries see them. Ids and values are VARBINARY, so that two that differ in case, accent or trailing
 * space stay two and order is by code point; the driver hands them out as text. Instants are ISO text, those of the
 * log and the fences epoch milliseconds.
 */
export interface Tables {
  strata_meta: { name: string; value: string };
  strata_definition_sets: { hash: string; author: string; published_at: string; definitions: string };
  strata_run_keys: { run_key: Generated<number>; run_id: string; slot: string; given_at: number };
  strata_runs: { run_key: number; begun: string; fenced: string; finished: string | null };
  strata_batches: {
    run_key: number;
    batch: number;
    scan: number;
    range: string;
    state: 'pending' | 'done' | 'failed';
    failure: string | null;
    tally: string | null;
  };
  strata_set_aside: { run_id: string; profile_id: string; reason: string };
  strata_fences: { segment: string; slot_time: number };
  strata_paused_segments: { segment: string; reason: string; paused_at: string };
  strata_firings: { segment: string; firing_at: string; run_id: string };
  strata_value_codes: { code: Generated<number>; value: string };
  /** One row per (run, profile, scan): an intent, and once it is applied a line of the membership log. */
  strata_changes: {
    run_key: number;
    profile_id: string;
    scan: number;
    batch: number;
    /** 1 until the write is confirmed. */
    is_open: number;
    version: string;
    entered: string;
    left: string;
    /** How many values the change restores, which are not in `entered` and `left`. */
    reverted: number;
    logged_at: number;
  };
  /** Batches that have ever opened intents: a fresh batch need not look for any. */
  strata_intent_batches: { run_key: number; batch: number };
  /** Which runs may have changed which values, so that a value's changes are not looked for in all runs. */
  strata_run_values: { code: number; run_key: number };
}
