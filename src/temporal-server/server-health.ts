import { setTimeout as delay } from 'node:timers/promises';
import { Connection } from '@temporalio/client';

const POLL_MS = 50;
const CALL_MS = 1_000;
const WORKFLOW_SERVICE = 'temporal.api.workflowservice.v1.WorkflowService';
const SERVING = 1;

export interface HealthProbe {
  readonly address: string;
  readonly namespace: string;
  readonly timeoutMs: number;
  readonly signal?: AbortSignal;
}

/** Resolves to true once the server takes requests for the namespace, to false when time is up. */
export async function becomesHealthy({
  address,
  namespace,
  timeoutMs,
  signal,
}: HealthProbe): Promise<boolean> {
  const deadline = Date.now() + timeoutMs;
  const connection = Connection.lazy({
    address,
    // A refused first attempt would otherwise be repeated a second later, twice the server's start-up time.
    channelArgs: { 'grpc.initial_reconnect_backoff_ms': 50, 'grpc.max_reconnect_backoff_ms': 200 },
  });
  try {
    while (Date.now() < deadline && signal?.aborted !== true) {
      if (await isServing(connection, namespace, deadline)) return true;
      await delay(POLL_MS);
    }
    return false;
  } finally {
    await connection.close();
  }
}

async function isServing(connection: Connection, namespace: string, deadline: number): Promise<boolean> {
  try {
    return await connection.withDeadline(Math.min(deadline, Date.now() + CALL_MS), async () => {
      const { status } = await connection.healthService.check({ service: WORKFLOW_SERVICE });
      await connection.workflowService.describeNamespace({ namespace });
      return Number(status) === SERVING;
    });
  } catch {
    // Not listening yet, or the namespace is still being made: both pass, or the deadline does.
    return false;
  }
}
