import {
  allHandlersFinished,
  ApplicationFailure,
  CancellationScope,
  condition,
  continueAsNew,
  proxyActivities,
  upsertSearchAttributes,
  workflowInfo,
} from '@temporalio/workflow';
import { defineSearchAttributeKey } from '@temporalio/common';
import type { LedgerActivities } from '../activities/create-activities.ts';
import type { RunOutcome } from '../activities/finish-run.ts';
import type { RunPlan } from '../activities/plan-run.ts';
import { PARTITION_BATCHES, spansOf, type BatchSpan } from '../domain/batches.ts';
import { rootMessage } from '../domain/errors.ts';
import type { RunMode, RunState } from '../domain/run.ts';
import { countRunIdOf, runIdOf } from '../names.ts';
import { LEDGER, PLAN, WHOLE_STORE } from './activity-options.ts';
import { executeRun } from './child-run.ts';
import { FanOut, startState, type FanOutState } from './fan-out.ts';
import { RunControls, type NamedRun } from './run-controls.ts';
import { isOwnCancellation } from './run-batch.ts';

const { planRun } = proxyActivities<LedgerActivities>(PLAN);
const { finishRun } = proxyActivities<LedgerActivities>(WHOLE_STORE);
const { checkLimits, readUnfinishedBatches } = proxyActivities<LedgerActivities>(LEDGER);

export interface SegmentProfilesInput {
  readonly environment: string;
  readonly group: string;
  readonly mode: RunMode;
  readonly window: number;
  /** null: what is due in the group. */
  readonly segmentIds: readonly string[] | null;
  /** Writes even where a newer slot of a segment has begun. */
  readonly force: boolean;
  /** The logical time; a scheduled run takes the time it was scheduled for. */
  readonly slot?: string;
  /** Given by whoever starts a manual run; a scheduled one is named by its slot. */
  readonly runId?: string;
  /** A published set to pin; the current one when left out. */
  readonly definitions?: string;
  /** Works on the unfinished batches of a recorded run, as that run. */
  readonly retry?: boolean;
  /** Carried by continue-as-new. */
  readonly carried?: Carried;
}

interface Carried {
  readonly run: RunPlan;
  readonly fanOut: FanOutState;
  /** As a person set it; partitions share it out. */
  readonly window: number;
}

const SCHEDULED_START = defineSearchAttributeKey('TemporalScheduledStartTime', 'DATETIME');
const CANCELLED = { state: 'cancelled', reason: 'cancelled by a person' } as const;
const STATE = defineSearchAttributeKey('StrataState', 'KEYWORD');

/**
 * One run of live segmentation: plans, fans out one child per batch and closes the run's record. Identified
 * by (group, slot); safe to retry, reset or start again, since the ledger knows what each batch has done.
 */
export async function segmentProfiles(input: SegmentProfilesInput): Promise<RunOutcome> {
  const named = input.carried?.run ?? nameRun(input);
  const controls = new RunControls(
    { ...named, mode: input.mode },
    input.carried?.window ?? input.window,
    input.carried?.fanOut.paused ?? null,
  );
  const run = input.carried?.run ?? (await planOrSay(input, named, controls));
  try {
    return await carryOut(input, run, controls);
  } catch (error) {
    if (isOwnCancellation(error)) await close(run, CANCELLED, controls);
    throw error;
  }
}

async function carryOut(
  input: SegmentProfilesInput,
  run: RunPlan,
  controls: RunControls,
): Promise<RunOutcome> {
  const fanOut = new FanOut(input.carried?.fanOut ?? (await start(input, run, controls)), {
    unit: unitOf(input, run),
    isToContinue: () => workflowInfo().continueAsNewSuggested,
  });
  const isUntouched = countOf(fanOut.state.todo) === run.batches;
  const held = input.carried === undefined && isUntouched ? await reasonToHold(input, run) : null;
  if (held !== null) return close(run, { state: 'held', reason: held }, controls);
  await controls.drive(run, fanOut);
  if (fanOut.state.todo.length === 0) return close(run, null, controls);
  await condition(allHandlersFinished);
  return continueAsNew<typeof segmentProfiles>({
    ...input,
    carried: { run, fanOut: fanOut.state, window: controls.window },
  });
}

/** A run that could not be planned has no record: only its search attribute tells that it is over. */
async function planOrSay(
  input: SegmentProfilesInput,
  named: NamedRun,
  controls: RunControls,
): Promise<RunPlan> {
  try {
    return await plan(input, named);
  } catch (error) {
    const state = isOwnCancellation(error) ? 'cancelled' : 'failed';
    upsertSearchAttributes([{ key: STATE, value: state }]);
    controls.ended(state);
    throw error;
  }
}

function nameRun({ slot = slotOfStart(), runId, mode, group }: SegmentProfilesInput): NamedRun {
  return { slot, runId: runId ?? runIdOf(mode === 'audit' ? 'audit' : 'live', group, slot) };
}

async function plan(input: SegmentProfilesInput, { slot, runId }: NamedRun): Promise<RunPlan> {
  announce(input, slot, 'running');
  const { group, mode, force, segmentIds } = input;
  const { workflowId } = workflowInfo();
  const definitions = input.definitions ?? null;
  return planRun({ runId, workflowId, group, slot, mode, force, segmentIds, definitions });
}

/** The time the schedule meant, whenever the server got round to it; otherwise when the run was started. */
function slotOfStart(): string {
  const info = workflowInfo();
  return (info.typedSearchAttributes.get(SCHEDULED_START) ?? info.startTime).toISOString();
}

/**
 * Counts what segments with limits would change, in a run of its own that writes nothing. A retry of a run that
 * has written goes on: its limits were kept when it began.
 */
async function reasonToHold(input: SegmentProfilesInput, run: RunPlan): Promise<string | null> {
  if (run.limited.length === 0) return null;
  const countRunId = countRunIdOf(run.runId);
  const { environment, group, window } = input;
  const counted = executeRun({
    workflowId: `${workflowInfo().workflowId}/count`,
    summary: `counts ${run.limited.length} segments that set limits`,
    input: {
      environment,
      group,
      window,
      mode: 'count',
      force: false,
      slot: run.slot,
      definitions: run.definitions,
      runId: countRunId,
      segmentIds: run.limited,
    },
  });
  try {
    const { state, reason } = await counted;
    // A batch that was not counted may hold the very change that a limit is there for.
    if (state !== 'completed')
      return `${UNCOUNTED}: the count ended ${state} (${reason ?? 'no reason kept'})`;
  } catch (error) {
    if (isOwnCancellation(error)) throw error;
    return `${UNCOUNTED}: ${rootMessage(error)}`;
  }
  return checkLimits({ countRunId });
}

const UNCOUNTED = 'its segments with limits could not all be counted first';

async function start(input: SegmentProfilesInput, run: RunPlan, controls: RunControls): Promise<FanOutState> {
  const todo =
    input.retry === true
      ? spansOf(await readUnfinishedBatches({ runId: run.runId }))
      : [{ from: 0, to: run.batches }];
  return {
    ...startState(
      todo.filter(({ from, to }) => from < to),
      controls.window,
    ),
    paused: controls.paused,
  };
}

function countOf(spans: readonly BatchSpan[]): number {
  return spans.reduce((sum, { from, to }) => sum + to - from, 0);
}

/** A partition level only where a single parent's history would be the limit. */
function unitOf({ retry }: SegmentProfilesInput, run: RunPlan): number {
  return retry !== true && run.batches > PARTITION_BATCHES ? PARTITION_BATCHES : 1;
}

/** Not cancellable: a record without an end would be taken for an open run. */
async function close(
  { runId }: RunPlan,
  ended: { readonly state: 'cancelled' | 'held'; readonly reason: string } | null,
  controls: RunControls,
): Promise<RunOutcome> {
  const outcome = await CancellationScope.nonCancellable(() => finishRun({ runId, ended }));
  upsertSearchAttributes([{ key: STATE, value: outcome.state }]);
  controls.ended(outcome.state);
  if (outcome.state === 'failed') {
    throw ApplicationFailure.nonRetryable(
      `Every batch of the run failed: ${outcome.reason ?? 'no reason kept'}`,
      'RunFailed',
    );
  }
  return outcome;
}

function announce(
  { environment, mode, segmentIds }: SegmentProfilesInput,
  slot: string,
  state: RunState,
): void {
  const segment = segmentIds?.length === 1 ? (segmentIds[0] ?? null) : null;
  upsertSearchAttributes([
    {
      key: defineSearchAttributeKey('StrataKind', 'KEYWORD'),
      value: mode === 'write' ? 'live' : `live-${mode}`,
    },
    { key: defineSearchAttributeKey('StrataEnvironment', 'KEYWORD'), value: environment },
    { key: defineSearchAttributeKey('StrataSegment', 'KEYWORD'), value: segment },
    { key: defineSearchAttributeKey('StrataSlot', 'DATETIME'), value: new Date(slot) },
    { key: STATE, value: state },
  ]);
}
