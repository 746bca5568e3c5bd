import { type Client, WorkflowNotFoundError } from '@temporalio/client';

/** PENDING_ACTIVITY_STATE_STARTED */
const STARTED = 2;
const BATCH = /\/b\/(\d+)$/;

/** An attempt of an activity that a worker process has in hand, as the server sees it. */
export interface InHand {
  readonly attempt: number;
  /** Whether that very attempt is still open: after a kill, whether the kill has interrupted it. */
  isOpen(): Promise<boolean>;
}

export interface BatchInHand extends InHand {
  readonly batch: number;
}

export interface BatchWanted {
  /** The first batch that will do. */
  readonly from: number;
  /** Only when the server has heard of its first page, so that there is work to repeat. */
  readonly written: boolean;
}

/** A workflow under way. */
export interface Following {
  readonly workflowId: string;
  result(): Promise<unknown>;
}

/** Waits until this process has such a batch in hand; fails at once when the run ends before that. */
export async function batchInHand(
  client: Client,
  run: Following,
  pid: number,
  { from, written }: BatchWanted,
): Promise<BatchInHand> {
  const found = await untilEnd(run, async () => {
    const { raw } = await client.workflow.getHandle(run.workflowId).describe();
    for (const { workflowId } of raw.pendingChildren ?? []) {
      const batch = Number(BATCH.exec(workflowId ?? '')?.[1] ?? -1);
      if (batch < from || typeof workflowId !== 'string') continue;
      const started = await startedBy(client, workflowId, { pid, written });
      if (started !== null) return { batch, ...started };
    }
    return null;
  });
  if (found !== null) return found;
  throw new Error(`${run.workflowId} ended before process ${pid} had batch ${from} or a later one in hand`);
}

/** Waits until this process has that activity of the workflow in hand; null when it was over before it was seen. */
export function activityInHand(
  client: Client,
  run: Following,
  pid: number,
  activity: string,
): Promise<InHand | null> {
  return untilEnd(run, () => startedBy(client, run.workflowId, { pid, activity }));
}

async function untilEnd<T>(run: Following, look: () => Promise<T | null>): Promise<T | null> {
  const end = { reached: false };
  void run.result().then(
    () => (end.reached = true),
    () => (end.reached = true),
  );
  while (!end.reached) {
    const found = await look();
    if (found !== null) return found;
  }
  return null;
}

interface Wanted {
  readonly pid: number;
  readonly activity?: string;
  readonly written?: boolean;
}

async function startedBy(client: Client, workflowId: string, wanted: Wanted): Promise<InHand | null> {
  const { pid, activity, written = false } = wanted;
  const started = (await pendingActivities(client, workflowId)).find(
    ({ state, lastWorkerIdentity, activityType, heartbeatDetails }) =>
      state === STARTED &&
      lastWorkerIdentity?.endsWith(`:${pid}`) &&
      (activity === undefined || activityType?.name === activity) &&
      // A beat before the first page carries nothing.
      (!written || (heartbeatDetails?.payloads ?? []).some(({ data }) => (data?.length ?? 0) > 0)),
  );
  if (started === undefined) return null;
  const attempt = started.attempt ?? 0;
  const isOpen = async () =>
    (await startedBy(client, workflowId, { ...wanted, written: false }))?.attempt === attempt;
  return { attempt, isOpen };
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
