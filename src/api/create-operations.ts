import type { Ledger } from '../activities/ledger.ts';
import type { PinnedDefinitions } from '../activities/definitions.ts';
import type { ProfileStore } from '../activities/profile-store.ts';
import { isRunnable, type RunnableDefinition } from '../activities/runnable.ts';
import type { Condition } from '../domain/condition/ast.ts';
import { explainCondition } from '../domain/condition/explain.ts';
import type { DateFields } from '../domain/condition/fields.ts';
import { explainGraph } from '../domain/flow/explain-graph.ts';
import type { Definition } from '../domain/definition.ts';
import { ProfileNotFound, RunNotFound, SegmentNotFound } from '../domain/errors.ts';
import { LAST_RUNS, lastRunOf, listSegments } from './list-segments.ts';
import type { ExplainedSegment, Operations } from './operations.ts';

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
  const findRunnable = (id: string) => findRunnableDefinition(deps, id);

  return {
    segments: () => listSegments(deps),

    async members(id, options) {
      return profiles.readMembers(await valuesOfSegment(deps, id), options);
    },

    async contains(id, profileId) {
      const values = await valuesOfSegment(deps, id);
      const profile = await profiles.readProfile(profileId);
      const last = lastRunOf(id, await ledger.readRuns({ limit: LAST_RUNS }));
      const member = profile === null ? 'unknown' : values.some((value) => profile.segments.includes(value));
      return { member, asOf: last?.slot ?? null, run: last?.runId ?? null, source: 'profile' };
    },

    runs: (options) => ledger.readRuns(options),

    async run(runId) {
      const run = await ledger.readRun(runId);
      if (run === null) throw new RunNotFound(`The ledger has no run "${runId}".`);
      return run;
    },

    async changes(id, { run, limit }) {
      return ledger.readChanges({
        values: await valuesOfSegment(deps, id),
        limit,
        ...(run === undefined ? {} : { runId: run }),
      });
    },

    async pauseSegment(id, { reason }) {
      const { segment } = await findRunnable(id);
      const since = deps.now().toISOString();
      await ledger.pauseSegment({ segmentId: segment.id, reason, pausedAt: since });
      return { reason, since };
    },

    // Without a look at the definitions: what is paused can be resumed whatever has become of its file.
    resumeSegment: async (id) => ({ wasPaused: await ledger.resumeSegment(id) }),

    explain: async (id, profileId, { slot }) => explain(deps, await findRunnable(id), profileId, slot),
  };
}

/** The values whose carriers are the segment's members; a retired segment keeps its own. */
async function valuesOfSegment(deps: OperationsDeps, id: string): Promise<readonly string[]> {
  const { definitions, retired } = await deps.readDefinitions(null);
  const kept = retired.filter((each) => each.id === id).flatMap(({ values }) => values);
  if (kept.length > 0 && !definitions.some(({ segment }) => segment.id === id)) return kept;
  return (await findRunnableDefinition(deps, id)).values;
}

async function findRunnableDefinition(
  { readDefinitions }: OperationsDeps,
  id: string,
): Promise<RunnableDefinition> {
  const { definitions, leftOut } = await readDefinitions(null);
  const definition = definitions.find(({ segment }) => segment.id === id);
  const reason = leftOut.find((each) => each.id === id)?.reason;
  if (definition === undefined) {
    throw new SegmentNotFound(
      reason === undefined
        ? `No published definition has the id "${id}".`
        : `"${id}" does not load: ${reason}`,
    );
  }
  if (isRunnable(definition)) return definition;
  throw new SegmentNotFound(`Segment "${id}" is defined, but this version does not compute its kind.`);
}

async function explain(
  { profiles, dateFields, segmentsField }: OperationsDeps,
  { segment, conditions, graph, values }: RunnableDefinition,
  profileId: string,
  slot: string,
): Promise<ExplainedSegment> {
  const profile = await profiles.readProfile(profileId);
  if (profile === null) throw new ProfileNotFound(`No profile has the id "${profileId}".`);
  const documents = { profile: profile.document, payload: {} };
  const options = { now: Date.parse(slot), dateFields, segmentsField };
  return {
    id: segment.id,
    profileId,
    slot,
    member: values.some((value) => profile.segments.includes(value)),
    conditions: named(conditions).map(({ where, condition }) => ({
      where,
      explanation: explainCondition(condition, documents, options),
    })),
    flow: graph === null || segment.flow === undefined ? null : explainGraph(graph, profile, options),
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
