/**
 * Every name Temporal sees, in one place. Environments share nothing: theirs is the first part of each task
 * queue, workflow id and schedule id.
 */

/** Workflows and light activities. */
export function workflowQueue(environment: string): string {
  return `${environment}/strata`;
}

/** Activities that read and write the profile store; found from the queue the workflow itself runs on. */
export function profilesQueue(queue: string): string {
  return `${queue}-profiles`;
}

/** `live/every-1h/2026-11-20T09:00:00.000Z`; a manual run has a suffix of its own. */
export function runIdOf(kind: 'live' | 'audit', group: string, slot: string, suffix?: string): string {
  return suffix === undefined ? `${kind}/${group}/${slot}` : `${kind}/${group}/${slot}/${suffix}`;
}

/** The count pass that goes before a run whose segments set limits. */
export function countRunIdOf(runId: string): string {
  return `${runId}/count`;
}

export function retryRunId(runId: string, attempt: number): string {
  return `${runId}/retry/${attempt}`;
}

export function runWorkflowId(environment: string, runId: string): string {
  return `${environment}/${runId}`;
}

export function batchWorkflowId(runWorkflow: string, batch: number): string {
  return `${runWorkflow}/b/${batch}`;
}

export function partitionWorkflowId(runWorkflow: string, from: number): string {
  return `${runWorkflow}/p/${from}`;
}

/** The server appends `-<time>` to the ids of the workflows a schedule starts. */
export function scheduledWorkflowId(environment: string, kind: string, group: string): string {
  return `${environment}/${kind}/${group}`;
}

export function publishWorkflowId(environment: string): string {
  return `${environment}/publish-definitions`;
}

/** Only looks, so it need not wait for a publication that is going on. */
export function planWorkflowId(environment: string, key: string): string {
  return `${publishWorkflowId(environment)}/plan/${key}`;
}

export function schedulePrefix(environment: string): string {
  return `${environment}/`;
}

export function scheduleId(environment: string, kind: string, key: string): string {
  return `${schedulePrefix(environment)}${kind}/${key}`;
}

/** Search attributes, registered at start. A run of many segments has no StrataSegment: 2 kB is the limit. */
export const SEARCH_ATTRIBUTES = {
  StrataKind: 'Keyword',
  StrataSegment: 'Keyword',
  StrataState: 'Keyword',
  StrataSlot: 'Datetime',
  StrataEnvironment: 'Keyword',
} as const;
