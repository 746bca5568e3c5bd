import type { Client } from '@temporalio/client';

/** TIMEOUT_TYPE_HEARTBEAT */
const HEARTBEAT = 4;

/** The activities of a workflow that a later attempt has ended because a heartbeat was missed, by type. */
export async function heartbeatTimeouts(client: Client, workflowId: string): Promise<readonly string[]> {
  const { events } = await client.workflow.getHandle(workflowId).fetchHistory();
  const types = new Map<string, string>();
  for (const { eventId, activityTaskScheduledEventAttributes: scheduled } of events ?? [])
    if (scheduled) types.set(String(eventId), scheduled.activityType?.name ?? '');
  return (events ?? []).flatMap(({ activityTaskStartedEventAttributes: started }) =>
    started?.lastFailure?.timeoutFailureInfo?.timeoutType === HEARTBEAT
      ? [types.get(String(started.scheduledEventId)) ?? '']
      : [],
  );
}
