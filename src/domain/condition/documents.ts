import type { Source } from './ast.ts';
import type { DateFields } from './fields.ts';

/** What a condition reads, by source; an absent one has no fields. */
export interface Documents extends Readonly<Partial<Record<Source, unknown>>> {
  readonly profile: unknown;
}

/** Tests that met values of different types, counted for the segment that the condition belongs to. */
export interface Tally {
  mismatches: number;
}

export interface EvaluationOptions {
  /** Epoch milliseconds of the slot. */
  readonly now: number;
  readonly dateFields: DateFields;
}

export type CompiledCondition = (documents: Documents, tally: Tally) => boolean;
