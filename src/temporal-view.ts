import type { Client } from '@temporalio/client';
import type { TemporalView } from './api/with-temporal.ts';
import { schedulePrefix } from './names.ts';
import { endOfRun } from './run-workflows.ts';
import { grpcAnswer, type GrpcStatus } from './temporal-server/grpc-answer.ts';

/** A read waits no longer than this for a server that is away. */
const ANSWER_WITHIN_MS = 2_000;

/** Of a server that is away, that gives no answer in time, and that has too much to do. */
const AWAY: readonly GrpcStatus[] = ['UNAVAILABLE', 'DEADLINE_EXCEEDED', 'RESOURCE_EXHAUSTED'];

export function createTemporalView(client: Client, environment: string): TemporalView {
  async function ask<T>(question: () => Promise<T>, whileAway: T): Promise<T> {
    try {
      return await client.withDeadline(Date.now() + ANSWER_WITHIN_MS, question);
    } catch (error) {
      if (isAway(error)) return whileAway;
      throw error;
    }
  }
  return {
    endOf: (run) => ask(() => endOfRun(client, environment, run), null),
    pausedSchedules: () => ask(() => pausedSchedules(client, schedulePrefix(environment)), new Map()),
  };
}

function isAway(error: unknown): boolean {
  const answer = grpcAnswer(error);
  return answer !== null && AWAY.includes(answer.status);
}

async function pausedSchedules(client: Client, prefix: string): Promise<ReadonlyMap<string, string>> {
  const paused = new Map<string, string>();
  for await (const { scheduleId, state } of client.schedule.list())
    if (scheduleId.startsWith(prefix) && state.paused)
      paused.set(scheduleId.slice(prefix.length), state.note ?? '');
  return paused;
}
