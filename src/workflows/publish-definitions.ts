import { proxyActivities, workflowInfo } from '@temporalio/workflow';
import type { LedgerActivities } from '../activities/create-activities.ts';
import type { PublishDefinitionsInput, PublishedSet } from '../activities/publish-definitions.ts';
import { rootMessage } from '../domain/errors.ts';
import { RETIRED_GROUP, type RunState } from '../domain/run.ts';
import { runIdOf, runWorkflowId } from '../names.ts';
import { WHOLE_STORE } from './activity-options.ts';
import { executeRun } from './child-run.ts';
import { isOwnCancellation } from './run-batch.ts';

const activities = proxyActivities<LedgerActivities>(WHOLE_STORE);

export interface PublishInput extends PublishDefinitionsInput {
  readonly environment: string;
  /** Batches that a run of retired segments works on side by side. */
  readonly window: number;
}

export interface Published extends PublishedSet {
  /** The run that took away or moved what retired segments left behind; null where nothing asks for one. */
  readonly retiring: RetiringRun | null;
}

export interface RetiringRun {
  readonly runId: string;
  readonly state: RunState;
  readonly reason: string | null;
  /** Profiles changed. */
  readonly changed: number;
}

/**
 * Publishes a folder of definitions from any machine that reaches Temporal: only workers reach the ledger.
 * Pruned and renamed segments get an ordinary run of their own; only when that is complete they leave the
 * set, so an apply that is cut short is finished by the next one.
 */
export async function publishDefinitions(input: PublishInput): Promise<Published> {
  const { author, owner, dryRun } = input;
  const published = await activities.publishDefinitions(input);
  const ids = published.retired
    .filter(({ retirement: { kind } }) => kind === 'pruned' || kind === 'renamed')
    .map(({ id }) => id);
  if (dryRun === true || ids.length === 0) return { ...published, retiring: null };
  const retiring = await retire(input, published.hash, [...new Set(ids)]);
  if (retiring.state !== 'completed') return { ...published, retiring };
  const { hash } = await activities.forgetRetired({ author, owner, ids });
  return { ...published, hash, retiring };
}

async function retire(
  { environment, window }: PublishInput,
  definitions: string,
  segmentIds: readonly string[],
): Promise<RetiringRun> {
  const slot = workflowInfo().startTime.toISOString();
  const runId = runIdOf('live', RETIRED_GROUP, slot);
  try {
    const { state, reason, changed } = await executeRun({
      workflowId: runWorkflowId(environment, runId),
      summary: `takes ${segmentIds.length} retired segments out of the profiles`,
      input: {
        environment,
        group: RETIRED_GROUP,
        mode: 'write',
        window,
        // What a person has decided holds whatever slot somebody has computed for.
        force: true,
        slot,
        runId,
        definitions,
        segmentIds,
      },
    });
    return { runId, state, reason, changed };
  } catch (error) {
    if (isOwnCancellation(error)) throw error;
    return { runId, state: 'failed', reason: rootMessage(error), changed: 0 };
  }
}
