import type { ExplainedSegment, Operations } from '../api/operations.ts';
import type { RunRecord, SampleChange } from '../domain/run.ts';

/** A profile that a dry run would change, with the conditions of the segments concerned. */
export interface ExplainedChange {
  readonly change: SampleChange;
  readonly explained: readonly ExplainedSegment[];
}

/** Enough to judge a definition by; `strata explain` shows any other profile. */
const SHOWN = 3;

export async function readSample(
  operations: Operations,
  run: RunRecord,
): Promise<readonly ExplainedChange[]> {
  return Promise.all(
    run.sample.slice(0, SHOWN).map(async (change) => ({
      change,
      explained: await Promise.all(
        change.segments.map((id) => operations.explain(id, change.id, { slot: run.slot })),
      ),
    })),
  );
}
