import { type Client, WorkflowExecutionAlreadyStartedError } from '@temporalio/client';
import type { PublishedSet } from '../activities/publish-definitions.ts';
import { checkDefinitions, describe, type CheckedDefinitions } from '../domain/definition-set.ts';
import type { DefinitionSource } from '../domain/definition.ts';
import { UserError } from '../domain/errors.ts';
import type { LiveSegment, Segment } from '../domain/segment.ts';
import { publishWorkflowId, workflowQueue } from '../names.ts';
import type { publishDefinitions } from '../workflows/publish-definitions.ts';
import { desiredSchedules } from './desired.ts';
import { applyReconcile, planReconcile, type ReconcilePlan } from './reconcile.ts';

export interface ApplyOptions {
  readonly environment: string;
  readonly window: number;
  readonly author: string;
  /** Applies and replaces only this owner's definitions. */
  readonly owner: string | null;
  readonly prune: boolean;
}

export interface Applied {
  readonly checked: CheckedDefinitions;
  readonly published: PublishedSet;
  readonly plan: ReconcilePlan;
}

/** What `applyDefinitions` would do to the schedules, without doing it. */
export async function planDefinitions(
  client: Client,
  sources: readonly DefinitionSource[],
  options: ApplyOptions,
): Promise<{ readonly checked: CheckedDefinitions; readonly plan: ReconcilePlan }> {
  const checked = checkDefinitions(sources);
  return { checked, plan: await planFor(client, checked, options) };
}

/**
 * Publishes the folder's files to the ledger, then makes the schedules equal them. In this order, so that a
 * new schedule never meets a ledger that does not know its segments yet.
 */
export async function applyDefinitions(
  client: Client,
  sources: readonly DefinitionSource[],
  options: ApplyOptions,
): Promise<Applied> {
  const checked = checkDefinitions(sources);
  const published = await publish(client, sources, checked, options);
  const plan = await planFor(client, checked, options);
  await applyReconcile(client, plan);
  return { checked, published, plan };
}

function planFor(
  client: Client,
  { definitions, problems }: CheckedDefinitions,
  options: ApplyOptions,
): Promise<ReconcilePlan> {
  const live = definitions.map(({ segment }) => segment).filter(isLive);
  return planReconcile(client, desiredSchedules(live, { ...options, now: new Date() }), {
    environment: options.environment,
    prune: options.prune,
    keepOrphans: problems.length > 0 || options.owner !== null,
  });
}

function isLive(segment: Segment): segment is LiveSegment {
  return segment.kind === 'live';
}

async function publish(
  client: Client,
  sources: readonly DefinitionSource[],
  checked: CheckedDefinitions,
  { environment, author, owner }: ApplyOptions,
): Promise<PublishedSet> {
  const known = new Map(checked.definitions.map(({ source, segment }) => [source.file, segment]));
  const foreign = checked.definitions.find(
    ({ segment }) => owner !== null && (segment.owner ?? owner) !== owner,
  );
  if (foreign !== undefined) {
    throw new UserError(
      `${foreign.source.file} belongs to owner "${foreign.segment.owner}", not to "${owner}".`,
    );
  }
  const definitions = sources.map(({ file, content }) => {
    const segment = known.get(file);
    return { file, content, id: segment?.id ?? '', owner: owner ?? segment?.owner ?? '' };
  });
  try {
    return await client.workflow.execute<typeof publishDefinitions>('publishDefinitions', {
      workflowId: publishWorkflowId(environment),
      taskQueue: workflowQueue(environment),
      staticSummary: `publishes ${definitions.length} definitions`,
      args: [{ author, owner, definitions }],
    });
  } catch (error) {
    if (!(error instanceof WorkflowExecutionAlreadyStartedError)) throw error;
    // One at a time: the set is read, merged with other owners' and written back.
    throw new UserError('Definitions are being published by another process right now; try again.', {
      cause: error,
    });
  }
}

export function problemLines({ problems, warnings }: CheckedDefinitions): readonly string[] {
  return [...problems.map(describe), ...warnings.map((warning) => `${describe(warning)} (warning)`)];
}
