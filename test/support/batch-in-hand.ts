import type { Client } from '@temporalio/client';
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

/** Waits until this process has a batch in hand; fails at once when the run ends before that. */
export async function batchInHand(client: Client, run: RunHandle, pid: number): Promise<BatchInHand> {
  const end = { reached: false };
  void run.result().then(
    () => (end.reached = true),
    () => (end.reached = true),
  );
  while (!end.reached) {
    const { raw } = await client.workflow.getHandle(run.workflowId).describe();
    for (const { workflowId } of raw.pendingChildren ?? []) {
      const batch = BATCH.exec(workflowId ?? '')?.[1];
      if (batch === undefined || typeof workflowId !== 'string') continue;
      const attempt = await startedAttempt(client, workflowId, pid);
      if (attempt === null) continue;
      const isOpen = async () => (await startedAttempt(client, workflowId, pid)) === attempt;
      return { batch: Number(batch), attempt, isOpen };
    }
  }
  throw new Error(`run ${run.runId} ended before process ${pid} had a batch in hand: give it more profiles`);
}

async function startedAttempt(client: Client, workflowId: string, pid: number): Promise<number | null> {
  const { raw } = await client.workflow.getHandle(workflowId).describe();
  const started = raw.pendingActivities?.find(
    ({ state, lastWorkerIdentity }) => state === STARTED && lastWorkerIdentity?.endsWith(`:${pid}`),
  );
  return started?.attempt ?? null;
}
