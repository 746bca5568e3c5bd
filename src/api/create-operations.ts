import type { Ledger } from '../activities/ledger.ts';
import type { PinnedDefinitions } from '../activities/definitions.ts';
import type { ProfileStore } from '../activities/profile-store.ts';
import { isRunnable, type RunnableDefinition } from '../activities/runnable.ts';
import type { Condition } from '../domain/condition/ast.ts';
import { explainCondition } from '../domain/condition/explain.ts';
import type { DateFields } from '../domain/condition/fields.ts';
import type { Definition } from '../domain/definition.ts';
import { ProfileNotFound, RunNotFound, SegmentNotFound } from '../domain/errors.ts';
import { describeRecurrence, nextSlots, recurrenceOf } from '../domain/recurrence.ts';
import type { RunRecord } from '../domain/run.ts';
import { valuesOf } from '../domain/segment.ts';
import type { ExplainedSegment, Operations, SegmentSummary } from './operations.ts';

export interface OperationsDeps {
  readonly profiles: ProfileStore;
  readonly ledger: Ledger;
  readonly readDefinitions: (hash: string | null) => Promise<PinnedDefinitions>;
  readonly dateFields: DateFields;
  readonly now: () => Date;
}

/** How many of the newest runs are searched for a segment's last one. */
const LAST_RUNS = 200;

/** The reads of the process that owns the stores. */
export function createOperations(deps: OperationsDeps): Operations {
  const { profiles, ledger } = deps;
  const findRunnable = (id: string) => findRunnableDefinition(deps, id);

  return {
    segments: () => listSegments(deps),

    async members(id, options) {
      const { segment } = await findRunnable(id);
      return profiles.readMembers(valuesOf(segment), options);
    },

    async contains(id, profileId) {
      const { segment } = await findRunnable(id);
      const profile = await profiles.readProfile(profileId);
      const last = lastRunOf(id, await ledger.readRuns({ limit: LAST_RUNS }));
      const member =
        profile === null ? 'unknown' : valuesOf(segment).some((value) => profile.segments.includes(value));
      return { member, asOf: last?.slot ?? null, run: last?.runId ?? null, source: 'profile' };
    },

    runs: (options) => ledger.readRuns(options),

    async run(runId) {
      const run = await ledger.readRun(runId);
      if (run === null) throw new RunNotFound(`The ledger has no run "${runId}".`);
      return run;
    },

    async changes(id, { run, limit }) {
      const { segment } = await findRunnable(id);
      return ledger.readChanges({
        values: valuesOf(segment),
        limit,
        ...(run === undefined ? {} : { runId: run }),
      });
    },

    explain: async (id, profileId, { slot }) => explain(deps, await findRunnable(id), profileId, slot),
  };
}

async function listSegments({
  readDefinitions,
  ledger,
  profiles,
  now,
}: OperationsDeps): Promise<readonly SegmentSummary[]> {
  const { definitions } = await readDefinitions(null);
  const runs = await ledger.readRuns({ limit: LAST_RUNS });
  const runnable = definitions.filter(isRunnable);
  const members = await profiles.countMembers(runnable.map(({ segment }) => valuesOf(segment)));
  const counts = new Map(runnable.map(({ segment }, index) => [segment.id, members[index] ?? 0]));
  return definitions
    .map((definition) => summaryOf(definition, counts, runs, now()))
    .sort((a, b) => (a.id < b.id ? -1 : 1));
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
  { profiles, dateFields }: OperationsDeps,
  { segment, conditions }: RunnableDefinition,
  profileId: string,
  slot: string,
): Promise<ExplainedSegment> {
  const profile = await profiles.readProfile(profileId);
  if (profile === null) throw new ProfileNotFound(`No profile has the id "${profileId}".`);
  const documents = { profile: profile.document, payload: {} };
  return {
    id: segment.id,
    profileId,
    slot,
    member: valuesOf(segment).some((value) => profile.segments.includes(value)),
    conditions: named(conditions).map(({ where, condition }) => ({
      where,
      explanation: explainCondition(condition, documents, { now: Date.parse(slot), dateFields }),
    })),
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

function lastRunOf(id: string, runs: readonly RunRecord[]): RunRecord | undefined {
  return runs.find(
    ({ mode, segmentIds, endedAt }) => mode === 'write' && endedAt !== null && segmentIds.includes(id),
  );
}

function summaryOf(
  definition: Definition,
  members: ReadonlyMap<string, number>,
  runs: readonly RunRecord[],
  now: Date,
): SegmentSummary {
  const { segment } = definition;
  const due =
    isRunnable(definition) && segment.enabled && segment.kind === 'live' ? recurrenceOf(segment) : null;
  return {
    id: segment.id,
    name: segment.name ?? null,
    kind: segment.kind,
    enabled: segment.enabled,
    schedule: due === null ? null : describeRecurrence(due),
    members: members.get(segment.id) ?? null,
    lastRun: lastRunOf(segment.id, runs)?.slot ?? null,
    nextRun: due === null ? null : (nextSlots(due, now, 1)[0] ?? null),
  };
}
