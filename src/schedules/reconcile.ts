import { createHash } from 'node:crypto';
import {
  type Client,
  ScheduleAlreadyRunning,
  ScheduleNotFoundError,
  type ScheduleDescription,
  type ScheduleOptions,
} from '@temporalio/client';
import { schedulePrefix } from '../names.ts';
import type { DesiredSchedule } from './desired.ts';

export type PlannedStep =
  | {
      readonly kind: 'create' | 'update' | 'unchanged';
      readonly schedule: DesiredSchedule;
      readonly paused: boolean;
      /** What the operator who paused it has written; empty where nobody did. */
      readonly note: string;
    }
  | { readonly kind: 'pause' | 'delete' | 'orphan'; readonly scheduleId: string; readonly reason: string };

export interface ReconcilePlan {
  readonly steps: readonly PlannedStep[];
}

export interface ReconcileOptions {
  readonly environment: string;
  /** Deletes schedules that no definition asks for; without it they are paused. */
  readonly prune: boolean;
  /** While a file fails to load, what looks like an orphan may be that file's. */
  readonly keepOrphans: boolean;
}

const ORPHAN_NOTE = 'Strata: no definition asks for this schedule any more';

/** Compares the server with what is desired; changes nothing. */
export async function planReconcile(
  client: Client,
  desired: readonly DesiredSchedule[],
  options: ReconcileOptions,
): Promise<ReconcilePlan> {
  const wanted = new Set(desired.map(({ scheduleId }) => scheduleId));
  const steps = await Promise.all(desired.map((schedule) => planOne(client, schedule)));
  const orphans = (await ownedSchedules(client, options.environment)).filter(
    (scheduleId) => !wanted.has(scheduleId),
  );
  return {
    steps: [
      ...steps,
      ...(await Promise.all(orphans.map((scheduleId) => planOrphan(client, scheduleId, options)))),
    ],
  };
}

async function planOne(client: Client, schedule: DesiredSchedule): Promise<PlannedStep> {
  const found = await describe(client, schedule.scheduleId);
  if (found === null) return { kind: 'create', schedule, paused: false, note: '' };
  const orphaned = found.state.paused && found.state.note === ORPHAN_NOTE;
  const same = specHashOf(found) === hashOf(schedule) && !orphaned;
  const paused = found.state.paused && !orphaned;
  const note = paused ? (found.state.note ?? '') : '';
  return { kind: same ? 'unchanged' : 'update', schedule, paused, note };
}

async function planOrphan(
  client: Client,
  scheduleId: string,
  { prune, keepOrphans }: ReconcileOptions,
): Promise<PlannedStep> {
  if (keepOrphans)
    return { kind: 'orphan', scheduleId, reason: 'left alone while a definition does not load' };
  if (prune) return { kind: 'delete', scheduleId, reason: 'no definition asks for it' };
  const found = await describe(client, scheduleId);
  return found?.state.paused === true
    ? { kind: 'orphan', scheduleId, reason: 'no definition asks for it; paused already' }
    : {
        kind: 'pause',
        scheduleId,
        reason: 'no definition asks for it; `strata schedules apply --prune` deletes it',
      };
}

/** Carries a plan out. Running it again changes nothing. */
export async function applyReconcile(client: Client, plan: ReconcilePlan): Promise<void> {
  for (const step of plan.steps) await applyStep(client, step);
}

async function applyStep(client: Client, step: PlannedStep): Promise<void> {
  switch (step.kind) {
    case 'create':
      await create(client, step.schedule);
      return;
    case 'update':
      await update(client, step.schedule);
      return;
    case 'pause':
      await client.schedule.getHandle(step.scheduleId).pause(ORPHAN_NOTE);
      return;
    case 'delete':
      await client.schedule.getHandle(step.scheduleId).delete();
      return;
    case 'unchanged':
    case 'orphan':
      return;
  }
}

/** Two processes that apply at once plan the same: the slower one finds the schedule made. */
async function create(client: Client, schedule: DesiredSchedule): Promise<void> {
  try {
    await client.schedule.create(optionsOf(schedule));
  } catch (error) {
    if (!(error instanceof ScheduleAlreadyRunning)) throw error;
    await update(client, schedule);
  }
}

/** Keeps what an operator did: a pause and its note survive; only our own orphan pause is lifted. */
async function update(client: Client, schedule: DesiredSchedule): Promise<void> {
  const { spec, action, policies } = optionsOf(schedule);
  await client.schedule.getHandle(schedule.scheduleId).update(({ state }) => {
    const orphaned = state.paused && state.note === ORPHAN_NOTE;
    return { spec, action, policies, state: orphaned ? { ...state, paused: false, note: '' } : state };
  });
}

/** The hash goes into the action's memo: the server compiles specs, so reading one back never equals what was sent. */
function optionsOf(schedule: DesiredSchedule): ScheduleOptions {
  const { scheduleId, spec, policies, action } = schedule;
  return {
    scheduleId,
    spec,
    policies,
    action: { ...action, args: [...action.args], memo: { strataHash: hashOf(schedule) } },
  };
}

function hashOf({ spec, action, policies }: DesiredSchedule): string {
  return createHash('sha256').update(JSON.stringify({ spec, action, policies })).digest('hex').slice(0, 16);
}

function specHashOf({ action }: ScheduleDescription): string | null {
  const hash: unknown = action.memo?.['strataHash'];
  return typeof hash === 'string' ? hash : null;
}

async function describe(client: Client, scheduleId: string): Promise<ScheduleDescription | null> {
  try {
    return await client.schedule.getHandle(scheduleId).describe();
  } catch (error) {
    if (error instanceof ScheduleNotFoundError) return null;
    throw error;
  }
}

async function ownedSchedules(client: Client, environment: string): Promise<readonly string[]> {
  const found: string[] = [];
  for await (const { scheduleId } of client.schedule.list()) {
    if (scheduleId.startsWith(schedulePrefix(environment))) found.push(scheduleId);
  }
  return found.sort();
}
