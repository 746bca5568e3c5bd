import { chooseDue, MANUAL_GROUP } from '../activities/choose-due.ts';
import type { Ledger } from '../activities/ledger.ts';
import type { PinnedDefinitions } from '../activities/definitions.ts';
import { idsOf } from '../activities/due.ts';
import type { ProfileStore } from '../activities/profile-store.ts';
import { assertKnown, findRunnable } from '../activities/find-runnable.ts';
import type { RunnableDefinition } from '../activities/runnable.ts';
import type { Condition } from '../domain/condition/ast.ts';
import { explainCondition } from '../domain/condition/explain.ts';
import type { DateFields } from '../domain/condition/fields.ts';
import { explainGraph } from '../domain/flow/explain-graph.ts';
import { usersOf } from '../domain/definition-set.ts';
import type { Definition } from '../domain/definition.ts';
import { ProfileNotFound, RunNotFound } from '../domain/errors.ts';
import type { RunRecord } from '../domain/run.ts';
import { explainSegmentPlan, loadRunnable } from './explain-segment-plan.ts';
import { listChanges } from './list-changes.ts';
import { idsInRuns, LAST_RUNS, lastRunOf, listSegments } from './list-segments.ts';
import type { ExplainedSegment, Membership, Operations } from './operations.ts';

export interface OperationsDeps {
  readonly profiles: ProfileStore;
  readonly ledger: Ledger;
  readonly readDefinitions: (hash: string | null) => Promise<PinnedDefinitions>;
  readonly segmentsField: string;
  readonly dateFields: DateFields;
  readonly now: () => Date;
}

/** The operations of the process that owns the stores. */
export function createOperations(deps: OperationsDeps): Operations {
  const { profiles, ledger } = deps;
  const runnable = async (id: string) => findRunnable(await deps.readDefinitions(null), id);

  return {
    segments: () => listSegments(deps),

    async members(id, options) {
      return profiles.readMembers(await valuesOfSegment(deps, id), options);
    },

    contains: (id, profileId) => contains(deps, id, profileId),

    runs: (options) => ledger.readRuns(options),

    run: (runId) => findRun(ledger, runId),

    async changes(id, { run: runId, ...range }) {
      if (runId === undefined) return listChanges(deps, { id, ...range });
      return listChanges(deps, { id, ...range, runId: (await findRun(ledger, runId)).runId });
    },

    async assertRunnable(segmentIds) {
      const pinned = await deps.readDefinitions(null);
      const paused = await ledger.readPausedSegments();
      const { due } = chooseDue(pinned, paused, { group: MANUAL_GROUP, segmentIds });
      return { segmentIds: idsOf(due) };
    },

    async pauseSegment(id, { reason }) {
      const { segment } = await runnable(id);
      const since = deps.now().toISOString();
      await ledger.pauseSegment({ segmentId: segment.id, reason, pausedAt: since });
      return { reason, since };
    },

    async resumeSegment(id) {
      const wasPaused = await ledger.resumeSegment(id);
      // Only then: what is paused can be resumed whatever has become of its file.
      if (!wasPaused) assertKnown(await deps.readDefinitions(null), id);
      return { wasPaused };
    },

    explain: async (id, profileId, { slot }) => explain(deps, await runnable(id), profileId, slot),

    explainPlan: async (id) => explainSegmentPlan(deps, await runnable(id)),

    explainPlanOf: async (source) => explainSegmentPlan(deps, loadRunnable(source, profiles.forms)),
  };
}

async function contains(deps: OperationsDeps, id: string, profileId: string): Promise<Membership> {
  const { profiles, ledger } = deps;
  const values = await valuesOfSegment(deps, id);
  const profile = await profiles.readProfile(profileId);
  const { definitions } = await deps.readDefinitions(null);
  const last = lastRunOf(idsInRuns(id, definitions), await ledger.readRuns({ limit: LAST_RUNS }));
  const member = profile === null ? 'unknown' : values.some((value) => profile.segments.includes(value));
  return { member, asOf: last?.slot ?? null, run: last?.runId ?? null, source: 'profile' };
}

async function findRun(ledger: Ledger, runId: string): Promise<RunRecord> {
  const run = await ledger.readRun(runId);
  if (run !== null) return run;
  throw new RunNotFound(`No run has the id "${runId}"; \`strata runs\` lists them by their ids.`);
}

/** The values whose carriers are the segment's members; a retired segment keeps its own. */
async function valuesOfSegment(deps: OperationsDeps, id: string): Promise<readonly string[]> {
  const pinned = await deps.readDefinitions(null);
  const { definitions, retired } = pinned;
  const kept = retired.filter((each) => each.id === id).flatMap(({ values }) => values);
  if (kept.length > 0 && !definitions.some(({ segment }) => segment.id === id)) return kept;
  return findRunnable(pinned, id).values;
}

async function explain(
  { profiles, dateFields, segmentsField }: OperationsDeps,
  definition: RunnableDefinition,
  profileId: string,
  slot: string,
): Promise<ExplainedSegment> {
  const { segment, conditions, graph, values } = definition;
  const profile = await profiles.readProfile(profileId);
  if (profile === null)
    throw new ProfileNotFound(`No profile has the id "${profileId}". \`strata members ID\` lists some.`);
  const documents = { profile: profile.document, payload: {} };
  const options = { now: Date.parse(slot), dateFields, segmentsField };
  return {
    id: segment.id,
    profileId,
    slot,
    member: values.some((value) => profile.segments.includes(value)),
    readsOwnMembership: usersOf(values, [definition]).length > 0,
    onlyAdds: segment.mode === 'add',
    conditions: named(conditions).map(({ where, condition }) => ({
      where,
      explanation: explainCondition(condition, documents, options),
    })),
    flow: graph === null || segment.flow === undefined ? null : explainGraph(graph, profile, options),
    query:
      profiles.queries === null || segment.query === undefined
        ? null
        : { text: segment.query, matches: await profiles.queries.matches(segment.query, profileId) },
  };
}

function named(
  conditions: Definition['conditions'],
): readonly { readonly where: string; readonly condition: Condition }[] {
  const all = [
    { where: 'condition', condition: conditions.condition },
    { where: 'filter', condition: conditions.filter },
    ...conditions.steps.map(({ when }, index) => ({ where: `steps.${index}.when`, condition: when })),
  ];
  return all.flatMap(({ where, condition }) => (condition === null ? [] : [{ where, condition }]));
}
