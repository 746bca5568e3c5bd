import type { Client } from '@temporalio/client';

const KINDS = { workflow: 1, activity: 2 } as const;

/** A long poll lasts a minute: a poller seen within this many milliseconds is taken as alive. */
const POLLER_ALIVE_MS = 75_000;

/** Whether a worker polls the queue. The server forgets pollers after five minutes, we after 75 seconds. */
export async function isPolled(
  client: Client,
  taskQueue: string,
  kind: keyof typeof KINDS,
): Promise<boolean> {
  return (await livePollers(client, taskQueue, kind)).length > 0;
}

/** Who polls workflow tasks there. */
export async function pollerIdentities(client: Client, taskQueue: string): Promise<readonly string[]> {
  return [...new Set(await livePollers(client, taskQueue, 'workflow'))];
}

async function livePollers(
  client: Client,
  taskQueue: string,
  kind: keyof typeof KINDS,
): Promise<readonly string[]> {
  const { pollers } = await client.workflowService.describeTaskQueue({
    namespace: client.options.namespace,
    taskQueue: { name: taskQueue },
    taskQueueType: KINDS[kind],
  });
  const alive = (pollers ?? []).filter(
    ({ lastAccessTime }) => Date.now() - Number(lastAccessTime?.seconds ?? 0) * 1000 < POLLER_ALIVE_MS,
  );
  return alive.map(({ identity }) => identity ?? '');
}
