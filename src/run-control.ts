import { randomBytes } from 'node:crypto';
import {
  CancelledFailure,
  type Client,
  TerminatedFailure,
  WorkflowExecutionAlreadyStartedError,
  WorkflowFailedError,
  type WorkflowHandle,
  WorkflowNotFoundError,
  WorkflowUpdateFailedError,
} from '@temporalio/client';
import { z } from 'zod';
import type { RunOutcome } from './activities/finish-run.ts';
import type { Operations } from './api/operations.ts';
import { MAX_WINDOW } from './domain/batches.ts';
import { rootMessage, RunCancelled, RunFailed, RunNotFound, UserError } from './domain/errors.ts';
import { refuseFutureSlot } from './domain/future-slot.ts';
import { valueMessage } from './domain/value-messages.ts';
import { retryRunId, runIdOf, runWorkflowId, workflowQueue } from './names.ts';
import { endOfRun } from './run-workflows.ts';
import type { RunProgress } from './workflows/messages.ts';
import type { segmentProfiles, SegmentProfilesInput } from './workflows/segment-profiles.ts';

const StartRun = z.strictObject({
  /** Ids of the segments to compute; all enabled live ones when left out. */
  segmentIds: z.array(z.string().min(1)).min(1).optional(),
  /** The logical time, ISO 8601 with a zone; now when left out. One to come is written for with `force` only. */
  slot: z.iso.datetime({ offset: true, error: 'must be an instant such as 2026-11-20T09:00:00Z' }).optional(),
  /** `write` changes membership, `count` only says what would change, `audit` checks the brackets. */
  mode: z.enum(['write', 'count', 'audit']).default('write'),
  /** Writes even where a newer slot of a segment has begun, a limit is broken, or the slot is yet to come. */
  force: z.boolean().default(false),
  /** Batches worked on side by side, 1..200. */
  window: z.int().min(1).max(MAX_WINDOW).default(4),
});
export type StartRun = z.input<typeof StartRun>;

/** One run, open or closed. Control needs an open one. */
export interface RunHandle {
  readonly runId: string;
  readonly workflowId: string;
  progress(): Promise<RunProgress>;
  /**
   * Waits for the end. Throws RunFailed when every batch failed or the run could not be planned, and RunCancelled when
   * somebody has cancelled or terminated it.
   */
  result(): Promise<RunOutcome>;
  pause(reason: string): Promise<void>;
  resume(): Promise<void>;
  /** Answers the window from now on. */
  setWindow(window: number): Promise<number>;
  /** Puts the failed batches of the open run back in line; answers which. */
  retryFailed(): Promise<readonly number[]>;
  cancel(): Promise<void>;
}

/** Starting and steering runs: all of it through Temporal. */
export interface RunControl {
  startRun(options?: StartRun): Promise<RunHandle>;
  /** A handle on a run that the ledger knows, whoever started it; RunNotFound for any other. */
  handleOf(runId: string): Promise<RunHandle>;
  /** Works once more on the unfinished batches of a closed run, in a workflow `<run>/retry/<n>`. */
  retryRun(runId: string): Promise<RunHandle>;
}

interface Parts {
  readonly client: Client;
  readonly environment: string;
  readonly operations: Pick<Operations, 'run'>;
  readonly now: () => Date;
}

/** For whoever has a Temporal client and a way to read runs. */
export function createRunControl(
  client: Client,
  environment: string,
  operations: Pick<Operations, 'run'>,
  now = (): Date => new Date(),
): RunControl {
  const parts = { client, environment, operations, now };
  return {
    startRun: async (given = {}) => startRun(parts, parse(given)),
    handleOf: async (runId) => toHandle(client, runId, (await operations.run(runId)).workflowId),
    retryRun: (runId) => retryRun(parts, runId),
  };
}

function startRun(
  parts: Parts,
  { segmentIds, slot, mode, force, window }: z.output<typeof StartRun>,
): Promise<RunHandle> {
  const { environment } = parts;
  const at = new Date(slot ?? Date.now()).toISOString();
  refuseFutureSlot({ mode, slot: at, force }, parts.now());
  const runId = runIdOf(mode === 'audit' ? 'audit' : 'live', 'manual', at, randomBytes(4).toString('hex'));
  const input = {
    environment,
    group: 'manual',
    mode,
    window,
    force,
    slot: at,
    runId,
    segmentIds: segmentIds ?? null,
  };
  return start(parts, input, runWorkflowId(environment, runId));
}

async function retryRun(parts: Parts, runId: string): Promise<RunHandle> {
  const { environment } = parts;
  const run = await parts.operations.run(runId);
  const attempt = await nextAttempt(parts, runId);
  // The record of a run that was terminated has no end yet, nor numbers.
  if (run.endedAt === null && (await endOfRun(parts.client, environment, run)) === null)
    throw new UserError(
      `Run ${runId} is still open: it or a batch of it has not ended. \`strata retry ${runId}\` is for when it has; before that, \`temporal workflow update execute -w "${run.workflowId}" --name retryFailed\` puts its failed batches back in line.`,
    );
  if (run.state === 'held')
    throw new UserError(
      `Run ${runId} was held and wrote nothing: ${run.reason ?? 'no reason kept'}. --dry-run shows who would enter and leave; change the limit or the segment, or let it through by a new run with --force.`,
    );
  if (run.endedAt !== null && run.failedBatches === 0)
    throw new UserError(`Run ${runId} has no unfinished batches to retry.`);
  const { group, mode, force, slot, segmentIds } = run;
  const { window } = StartRun.parse({});
  const input = { environment, group, mode, force, slot, segmentIds, runId, window, retry: true };
  const workflowId = runWorkflowId(environment, retryRunId(runId, attempt));
  return start(parts, input, workflowId).catch((error: unknown) => {
    // Somebody else has found the same attempt free and was first.
    throw error instanceof WorkflowExecutionAlreadyStartedError ? retriedAlready(runId, workflowId) : error;
  });
}

async function start(
  { client, environment }: Parts,
  input: SegmentProfilesInput & { readonly runId: string },
  workflowId: string,
): Promise<RunHandle> {
  await client.workflow.start<typeof segmentProfiles>('segmentProfiles', {
    workflowId,
    taskQueue: workflowQueue(environment),
    staticSummary: summaryOf(input),
    args: [input],
  });
  return toHandle(client, input.runId, workflowId);
}

function parse(given: StartRun): z.output<typeof StartRun> {
  const parsed = StartRun.safeParse(given, { error: valueMessage });
  if (parsed.success) return parsed.data;
  throw new UserError(
    parsed.error.issues.map(({ path, message }) => `${path.join('.')}: ${message}`).join('; '),
  );
}

function summaryOf({ mode, segmentIds, slot }: SegmentProfilesInput): string {
  const what = segmentIds === null ? 'all live segments' : segmentIds.slice(0, 3).join(', ');
  return `${mode} ${what}, slot ${slot ?? 'now'}`.slice(0, 180);
}

async function nextAttempt({ client, environment }: Parts, runId: string): Promise<number> {
  for (let attempt = 1; ; attempt += 1) {
    const workflowId = runWorkflowId(environment, retryRunId(runId, attempt));
    try {
      const { status } = await client.workflow.getHandle(workflowId).describe();
      // Of two at once on the same batches, each would take the other's open writes for its own.
      if (status.name === 'RUNNING') throw retriedAlready(runId, workflowId);
    } catch (error) {
      if (error instanceof WorkflowNotFoundError) return attempt;
      throw error;
    }
  }
}

function retriedAlready(runId: string, workflowId: string): UserError {
  return new UserError(`Run ${runId} is being retried already, by the workflow ${workflowId}.`);
}

function toHandle(client: Client, runId: string, workflowId: string): RunHandle {
  const handle: WorkflowHandle<typeof segmentProfiles> = client.workflow.getHandle(workflowId);
  const open = <T>(work: () => Promise<T>): Promise<T> =>
    work().catch((error: unknown) => {
      throw toTyped(error, runId);
    });
  return {
    runId,
    workflowId,
    progress: () => open(() => handle.query<RunProgress>('progress')),
    result: () => open(() => handle.result()),
    pause: (reason) => open(() => handle.executeUpdate<void, [string]>('pause', { args: [reason] })),
    resume: () => open(() => handle.executeUpdate<void, []>('resume')),
    setWindow: (window) =>
      open(() => handle.executeUpdate<number, [number]>('setWindow', { args: [window] })),
    retryFailed: () => open(() => handle.executeUpdate<readonly number[], []>('retryFailed')),
    cancel: () =>
      open(async () => {
        await handle.cancel();
      }),
  };
}

function toTyped(error: unknown, runId: string): unknown {
  if (error instanceof WorkflowNotFoundError)
    return new RunNotFound(`Temporal has no open run ${runId}.`, { cause: error });
  if (error instanceof WorkflowFailedError) return toUnfinished(error, runId);
  if (error instanceof WorkflowUpdateFailedError) return toRefusal(error, runId);
  return error;
}

function toUnfinished(error: WorkflowFailedError, runId: string): Error {
  if (error.cause instanceof CancelledFailure)
    return new RunCancelled(`Run ${runId} was cancelled.`, { cause: error });
  if (error.cause instanceof TerminatedFailure)
    return new RunCancelled(`Run ${runId} was terminated in Temporal.`, { cause: error });
  return new RunFailed(`Run ${runId} failed: ${rootMessage(error)}`, { cause: error });
}

/** The server's words for an update that met the end of the run, and was not carried out. */
const MET_THE_END = 'aborted by closing workflow';

function toRefusal({ message, cause }: WorkflowUpdateFailedError, runId: string): Error {
  const reason = cause?.message ?? message;
  return reason.includes(MET_THE_END)
    ? new RunNotFound(`Run ${runId} ended before that could reach it.`, { cause })
    : new UserError(`Run ${runId} refuses that: ${reason}`, { cause });
}
