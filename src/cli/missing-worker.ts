import { setTimeout as delay } from 'node:timers/promises';
import type { Client } from '@temporalio/client';
import { workflowQueue } from '../names.ts';
import { isPolled } from '../task-queue.ts';

/** Said within ten seconds, and not of workers that have only just begun. */
const LOOK_EVERY_MS = 3_000;

/** Why no workflow of the environment goes on and what to do; null where a worker polls, or nobody can tell. */
export async function missingWorker(client: Client, environment: string): Promise<string | null> {
  const taskQueue = workflowQueue(environment);
  // Of a server that is away, whoever waits for its answer tells what is wrong.
  const polled = await isPolled(client, taskQueue, 'workflow').catch(() => true);
  if (polled) return null;
  return `no worker polls the task queue "${taskQueue}": start one with \`strata up\` or \`npm run worker\`, or set STRATA_ENV to the environment of the one that runs`;
}

interface Watch {
  readonly client: Client;
  readonly environment: string;
  readonly report: (line: string) => void;
}

/** Waits for what a workflow does, and says once when no worker is there to do it. */
export async function sayIfNobodyWorks<T>(watch: Watch, work: () => Promise<T>): Promise<T> {
  const over = new AbortController();
  const watching = sayOnce(watch, over.signal);
  try {
    return await work();
  } finally {
    over.abort();
    await watching;
  }
}

async function sayOnce({ client, environment, report }: Watch, over: AbortSignal): Promise<void> {
  for (;;) {
    await delay(LOOK_EVERY_MS, undefined, { signal: over }).catch(() => undefined);
    if (over.aborted) return;
    const missing = await missingWorker(client, environment);
    if (over.aborted) return;
    if (missing !== null) return report(`waiting: ${missing}`);
  }
}
