import type { ScheduleOptions, ScheduleSpec } from '@temporalio/client';
import {
  describeRecurrence,
  everyMinutes,
  groupLive,
  nextSlots,
  type LiveGroup,
  type Recurrence,
  type ScheduledSegment,
} from '../domain/recurrence.ts';
import { counted } from '../domain/counted.ts';
import { scheduledWorkflowId, scheduleId, workflowQueue } from '../names.ts';
import type { segmentProfiles, SegmentProfilesInput } from '../workflows/segment-profiles.ts';

/** One schedule as it should stand on the server. */
export interface DesiredSchedule {
  readonly scheduleId: string;
  /** For the plan that people read. */
  readonly summary: string;
  /** The next times it will fire, ISO; for the plan only. */
  readonly firstRuns: readonly string[];
  readonly spec: ScheduleSpec;
  readonly action: {
    readonly type: 'startWorkflow';
    readonly workflowType: 'segmentProfiles';
    readonly workflowId: string;
    readonly taskQueue: string;
    readonly args: Parameters<typeof segmentProfiles>;
    readonly staticSummary: string;
  };
  readonly policies: NonNullable<ScheduleOptions['policies']>;
}

export interface DesiredOptions {
  readonly environment: string;
  readonly window: number;
  readonly now: Date;
}

const FIRST_RUNS = 2;
const AUDIT: Recurrence = { kind: 'cron', cron: '17 3 * * *', timezone: 'UTC' };

/** Definitions to schedules: one per distinct recurrence of the live segments, and the daily audit. Pure. */
export function desiredSchedules(
  segments: readonly ScheduledSegment[],
  options: DesiredOptions,
): readonly DesiredSchedule[] {
  const groups = groupLive(segments);
  if (groups.length === 0) return [];
  return [...groups.map((group) => liveSchedule(group, options)), auditSchedule(options)];
}

function liveSchedule(group: LiveGroup, { environment, window, now }: DesiredOptions): DesiredSchedule {
  const summary = `live segmentation, ${counted(group.segmentIds.length, 'segment')}, ${describeRecurrence(group.recurrence)}`;
  return {
    scheduleId: scheduleId(environment, 'live', group.name),
    summary,
    firstRuns: nextSlots(group.recurrence, now, FIRST_RUNS),
    spec: specOf(group.recurrence),
    action: {
      type: 'startWorkflow',
      workflowType: 'segmentProfiles',
      workflowId: scheduledWorkflowId(environment, 'live', group.name),
      taskQueue: workflowQueue(environment),
      args: [inputOf(environment, group.name, 'write', window)],
      staticSummary: `live segmentation, ${describeRecurrence(group.recurrence)}`,
    },
    // A run that is still going at the next slot must not lose that slot: one start waits for it. A server that
    // was away for up to a day starts the missed slots, of which buffering keeps one.
    policies: { overlap: 'BUFFER_ONE', catchupWindow: '1 day' },
  };
}

/** Every day at 03:17 UTC, away from the full hour where everybody's jobs start. */
function auditSchedule({ environment, window, now }: DesiredOptions): DesiredSchedule {
  return {
    scheduleId: scheduleId(environment, 'audit', 'live'),
    summary: `audit of the brackets, ${describeRecurrence(AUDIT)}`,
    firstRuns: nextSlots(AUDIT, now, FIRST_RUNS),
    spec: specOf(AUDIT),
    action: {
      type: 'startWorkflow',
      workflowType: 'segmentProfiles',
      workflowId: scheduledWorkflowId(environment, 'audit', 'live'),
      taskQueue: workflowQueue(environment),
      args: [inputOf(environment, 'manual', 'audit', window)],
      staticSummary: 'audit: full evaluation without brackets, writes nothing',
    },
    policies: { overlap: 'SKIP', catchupWindow: '6 hours' },
  };
}

function inputOf(
  environment: string,
  group: string,
  mode: 'write' | 'audit',
  window: number,
): SegmentProfilesInput {
  return { environment, group, mode, window, segmentIds: null, force: false };
}

function specOf(recurrence: Recurrence): ScheduleSpec {
  switch (recurrence.kind) {
    case 'every':
      return { intervals: [{ every: `${everyMinutes(recurrence.every)} minutes` }] };
    case 'cron':
      return { cronExpressions: [recurrence.cron], timezone: recurrence.timezone };
    case 'slots':
      return {
        calendars: recurrence.slots.map((slot) => ({
          hour: Number(slot.slice(0, 2)),
          minute: Number(slot.slice(3)),
          comment: `slot ${slot}`,
        })),
        timezone: recurrence.timezone,
      };
  }
}
