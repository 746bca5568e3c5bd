import type { RunWorkflows } from '../activities/run-workflows.ts';
import { ENDINGS } from '../activities/settle-lost-runs.ts';
import type { RunRecord } from '../domain/run.ts';
import type { Operations, SegmentSummary } from './operations.ts';

/**
 * What people do in Temporal, which the ledger hears of later or never. Of a server that does not answer it tells
 * nothing: no end, no paused schedule.
 */
export interface TemporalView extends RunWorkflows {
  /** The notes of this environment's paused schedules, by their ids without the environment: `live/every-1h`. */
  pausedSchedules(): Promise<ReadonlyMap<string, string>>;
}

/**
 * The same operations, told with what happened in Temporal alone: a run that was terminated there is shown as the
 * next run will close it, and a segment whose schedule is paused has no next run. While the server does not answer
 * they tell what the ledger knows.
 */
export function withTemporal(operations: Operations, view: TemporalView): Operations {
  return {
    ...operations,
    segments: async () => {
      const [segments, paused] = await Promise.all([operations.segments(), view.pausedSchedules()]);
      return segments.map((segment) => withPause(segment, paused));
    },
    runs: async (options) => {
      const runs = await operations.runs(options);
      return Promise.all(runs.map((run) => withEnd(run, operations, view)));
    },
    run: async (runId) => withEnd(await operations.run(runId), operations, view),
  };
}

function withPause(segment: SegmentSummary, paused: ReadonlyMap<string, string>): SegmentSummary {
  const note = segment.group === null ? undefined : paused.get(`live/${segment.group}`);
  return note === undefined ? segment : { ...segment, schedulePaused: note, nextRun: null };
}

async function withEnd(run: RunRecord, operations: Operations, view: TemporalView): Promise<RunRecord> {
  if (run.endedAt !== null) return run;
  const end = await view.endOf(run);
  if (end === null) return run;
  // It may have closed its record between the two looks.
  const now = await operations.run(run.runId);
  return now.endedAt === null ? { ...now, ...ENDINGS[end] } : now;
}
