import type { Client } from '@temporalio/client';
import type { TemporalView } from './api/with-temporal.ts';
import { schedulePrefix } from './names.ts';
import { endOfRun } from './run-workflows.ts';

/** A read waits no longer than this for a server that is away. */
const ANSWER_WITHIN_MS = 2_000;

export function createTemporalView(client: Client, environment: string): TemporalView {
  const inTime = <T>(ask: () => Promise<T>): Promise<T> =>
    client.withDeadline(Date.now() + ANSWER_WITHIN_MS, ask);
  return {
    endOf: (workflowId) => inTime(() => endOfRun(client, workflowId)),
    pausedSchedules: () => inTime(() => pausedSchedules(client, schedulePrefix(environment))),
  };
}

async function pausedSchedules(client: Client, prefix: string): Promise<ReadonlyMap<string, string>> {
  const paused = new Map<string, string>();
  for await (const { scheduleId, state } of client.schedule.list())
    if (scheduleId.startsWith(prefix) && state.paused)
      paused.set(scheduleId.slice(prefix.length), state.note ?? '');
  return paused;
}
