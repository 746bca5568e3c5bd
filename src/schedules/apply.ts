import { randomUUID } from 'node:crypto';
import {
  ApplicationFailure,
  type Client,
  WorkflowExecutionAlreadyStartedError,
  WorkflowFailedError,
} from '@temporalio/client';
import { checkDefinitions, describe, type CheckedDefinitions } from '../domain/definition-set.ts';
import type { DefinitionSource } from '../domain/definition.ts';
import { UserError } from '../domain/errors.ts';
import { planWorkflowId, publishWorkflowId, workflowQueue } from '../names.ts';
import type { publishDefinitions, Published } from '../workflows/publish-definitions.ts';
import { desiredSchedules } from './desired.ts';
import { applyReconcile, planReconcile, type ReconcilePlan } from './reconcile.ts';

export interface ApplyOptions {
  readonly environment: string;
  readonly window: number;
  readonly author: string;
  /** Applies and replaces only this owner's definitions; null: only those that have been applied without one. */
  readonly owner: string | null;
  /** Takes the members of segments away whose files are gone, and deletes schedules that nothing asks for. */
  readonly prune: boolean;
  /** Does so also where that leaves the owner nothing: a folder that is empty or the wrong one would, too. */
  readonly pruneAll?: boolean;
}

export interface Applied {
  readonly checked: CheckedDefinitions;
  readonly published: Published;
  readonly plan: ReconcilePlan;
}

/** What `applyDefinitions` would do, without doing it. */
export async function planDefinitions(
  client: Client,
  sources: readonly DefinitionSource[],
  options: ApplyOptions,
): Promise<Applied> {
  const checked = checkFolder(sources, options);
  const published = await publish(client, sources, options, { dryRun: true });
  return { checked: inView(checked, published), published, plan: await planFor(client, published, options) };
}

/**
 * Publishes the folder's files to the ledger, then makes the schedules equal all that is published, whoever
 * owns it. In this order, so that a new schedule never meets a ledger that does not know its segments yet.
 */
export async function applyDefinitions(
  client: Client,
  sources: readonly DefinitionSource[],
  options: ApplyOptions,
): Promise<Applied> {
  const checked = checkFolder(sources, options);
  const published = await publish(client, sources, options, { dryRun: false });
  const plan = await planFor(client, published, options);
  await applyReconcile(client, plan);
  return { checked: inView(checked, published), published, plan };
}

function checkFolder(sources: readonly DefinitionSource[], { owner }: ApplyOptions): CheckedDefinitions {
  const checked = checkDefinitions(sources);
  if (owner === '') throw new UserError('An owner has a name: --owner TEAM.');
  refuseTooMuch(sources);
  const foreign = checked.definitions.filter(
    ({ segment }) => owner !== null && segment.owner !== undefined && segment.owner !== owner,
  );
  if (foreign.length === 0) return checked;
  const files = foreign.map(({ source, segment }) => `${source.file} belongs to owner "${segment.owner}"`);
  throw new UserError(
    `Nothing was published: ${files.join('; ')}, and this is "${owner}". Apply such files with their own --owner.`,
  );
}

/** Bytes of all definitions as JSON. A Temporal server takes 2 MB (2,097,152 bytes) as the input of a workflow. */
const MAX_BYTES = 2_000_000;

function refuseTooMuch(sources: readonly DefinitionSource[]): void {
  const bytes = Buffer.byteLength(JSON.stringify(sources));
  if (bytes <= MAX_BYTES) return;
  const [largest] = sources.toSorted((a, b) => b.content.length - a.content.length);
  throw new UserError(
    `Nothing was published: the folder holds ${bytes.toLocaleString('en')} bytes of definitions, and one apply carries ${MAX_BYTES.toLocaleString('en')} through Temporal. Apply parts of it as owners of their own (--owner TEAM); the largest file is ${largest?.file}.`,
  );
}

/** The folder alone does not know what other owners write, nor what the workers' profile store takes. */
function inView(checked: CheckedDefinitions, { problems, warnings }: Published): CheckedDefinitions {
  const refused = checked.definitions.flatMap((definition) => {
    const found = problems.filter(({ file }) => file === definition.source.file);
    return found.length === 0 ? [] : [{ definition, reason: found.map(describe).join('; ') }];
  });
  const out = new Set(refused.map(({ definition }) => definition));
  return {
    definitions: checked.definitions.filter((definition) => !out.has(definition)),
    problems,
    leftOut: [
      ...checked.leftOut,
      ...refused.map(({ definition: { segment }, reason }) => ({ id: segment.id, reason })),
    ],
    warnings,
  };
}

function planFor(
  client: Client,
  { live, complete }: Published,
  options: ApplyOptions,
): Promise<ReconcilePlan> {
  return planReconcile(client, desiredSchedules(live, { ...options, now: new Date() }), {
    environment: options.environment,
    prune: options.prune,
    keepOrphans: !complete,
  });
}

async function publish(
  client: Client,
  sources: readonly DefinitionSource[],
  { environment, window, author, owner, prune, pruneAll = false }: ApplyOptions,
  { dryRun }: { readonly dryRun: boolean },
): Promise<Published> {
  const definitions = [...sources];
  const workflowId = dryRun ? planWorkflowId(environment, randomUUID()) : publishWorkflowId(environment);
  for (;;) {
    try {
      return await client.workflow.execute<typeof publishDefinitions>('publishDefinitions', {
        workflowId,
        taskQueue: workflowQueue(environment),
        staticSummary: `${dryRun ? 'plans' : 'publishes'} ${definitions.length} definitions`,
        args: [{ environment, window, author, owner, definitions, prune, pruneAll, dryRun }],
      });
    } catch (error) {
      if (!(error instanceof WorkflowExecutionAlreadyStartedError)) throw toTyped(error);
      await endOfOther(client, workflowId);
    }
  }
}

/**
 * One at a time: the set is read, merged with other owners' and written back. The other process may be one that was
 * killed, whose workflow goes on here as soon as the server misses it.
 */
async function endOfOther(client: Client, workflowId: string): Promise<void> {
  try {
    await client.workflow.getHandle(workflowId).result();
  } catch (error) {
    // How it ended is told to whoever started it.
    if (!(error instanceof WorkflowFailedError)) throw error;
  }
}

function toTyped(error: unknown): unknown {
  const refusal = error instanceof WorkflowFailedError ? refusalIn(error) : null;
  return refusal === null ? error : new UserError(refusal, { cause: error });
}

function refusalIn(error: Error): string | null {
  if (error instanceof ApplicationFailure && error.type === 'UserError') return error.message;
  return error.cause instanceof Error ? refusalIn(error.cause) : null;
}

export function problemLines({ problems, warnings }: CheckedDefinitions): readonly string[] {
  return [...problems.map(describe), ...warnings.map((warning) => `${describe(warning)} (warning)`)];
}
