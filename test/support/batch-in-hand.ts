import { type Client, WorkflowNotFoundError } from '@temporalio/client';
import type { RunHandle } from '../../src/run-control.ts';

/** PENDING_ACTIVITY_STATE_STARTED */
const STARTED = 2;
const BATCH = /\/b\/(\d+)$/;

/** One batch that a worker process is evaluating, as the server sees it. */
export interface BatchInHand {
  readonly batch: number;
  readonly attempt: number;
  /** Whether that very attempt is still open: after a kill, whether the kill has interrupted it. */
  isOpen(): Promise<boolean>;
}

export interface BatchWanted {
  /** The first batch that will do. */
  readonly from: number;
  /** Only when the server has heard of its first page, so that there is work to repeat. */
  readonly written: boolean;
}

/** Waits until this process has such a batch in hand; fails at once when the run ends before that. */
export async function batchInHand(
  client: Client,
  run: RunHandle,
  pid: number,
  { from, written }: BatchWanted,
): Promise<BatchInHand> {
  const end = { reached: false };
  void run.result().then(
    () => (end.reached = true),
    () => (end.reached = true),
  );
  while (!end.reached) {
    const { raw } = await client.workflow.getHandle(run.workflowId).describe();
    for (const { workflowId } of raw.pendingChildren ?? []) {
      const batch = Number(BATCH.exec(workflowId ?? '')?.[1] ?? -1);
      if (batch < from || typeof workflowId !== 'string') continue;
      const started = await startedBy(client, workflowId, pid);
      if (started === null || (written && !started.written)) continue;
      const isOpen = async () => (await startedBy(client, workflowId, pid))?.attempt === started.attempt;
      return { batch, attempt: started.attempt, isOpen };
    }
  }
  throw new Error(`run ${run.runId} ended before process ${pid} had batch ${from} or a later one in hand`);
}

interface StartedAttempt {
  readonly attempt: number;
  readonly written: boolean;
}

async function startedBy(client: Client, workflowId: string, pid: number): Promise<StartedAttempt | null> {
  const activities = await pendingActivities(client, workflowId);
  const started = activities.find(
    ({ state, lastWorkerIdentity }) => state === STARTED && lastWorkerIdentity?.endsWith(`:${pid}`),
  );
  if (started === undefined) return null;
  return {
    attempt: started.attempt ?? 0,
    written: (started.heartbeatDetails?.payloads ?? []).some(hasContent),
  };
}

/** A beat before the first page carries nothing. */
function hasContent({ data }: { readonly data?: Uint8Array | null }): boolean {
  return (data?.length ?? 0) > 0;
}

async function pendingActivities(client: Client, workflowId: string) {
  try {
    const { raw } = await client.workflow.getHandle(workflowId).describe();
    return raw.pendingActivities ?? [];
  } catch (error) {
    // The parent has asked for this child, and the server has not made it yet.
    if (error instanceof WorkflowNotFoundError) return [];
    throw error;
  }
}
