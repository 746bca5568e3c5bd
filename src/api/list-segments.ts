import type { PinnedDefinitions } from '../activities/definitions.ts';
import type { Ledger } from '../activities/ledger.ts';
import type { ProfileStore } from '../activities/profile-store.ts';
import { isRunnable } from '../activities/runnable.ts';
import type { Definition } from '../domain/definition.ts';
import type { RetiredSegment } from '../domain/published-set.ts';
import { describeRecurrence, groupName, nextSlots, recurrenceOf } from '../domain/recurrence.ts';
import { RETIRED_GROUP, type RunRecord, type RunState } from '../domain/run.ts';
import type { Pause, SegmentSummary } from './operations.ts';

/** How many of the newest runs are searched for a segment's last one. */
export const LAST_RUNS = 200;

export interface ListSegmentsDeps {
  readonly profiles: Pick<ProfileStore, 'countMembers'>;
  readonly ledger: Pick<Ledger, 'readRuns' | 'readPausedSegments' | 'readDefinitions'>;
  readonly readDefinitions: (hash: string | null) => Promise<PinnedDefinitions>;
  readonly now: () => Date;
}

/** Defined segments and those that are retired, by id. */
export async function listSegments(deps: ListSegmentsDeps): Promise<readonly SegmentSummary[]> {
  const { ledger, profiles } = deps;
  const { hash, definitions, retired } = await deps.readDefinitions(null);
  const runnable = definitions.filter(isRunnable);
  const sets = [...runnable.map(({ values }) => values), ...retired.map(({ values }) => values)];
  const members = await profiles.countMembers(sets);
  const context: Context = {
    members: new Map(runnable.map(({ segment }, index) => [segment.id, members[index] ?? 0])),
    owners: await readOwners(ledger, hash),
    pauses: await readPauses(ledger),
    runs: await ledger.readRuns({ limit: LAST_RUNS }),
    definitions,
    now: deps.now(),
  };
  const defined = new Set(definitions.map(({ segment }) => segment.id));
  return [
    ...definitions.map((definition) => summaryOf(definition, context)),
    ...retired
      .map((each, index) => retiredSummary(each, members[runnable.length + index] ?? 0, context))
      .filter(({ id }) => !defined.has(id)),
  ].sort((a, b) => (a.id < b.id ? -1 : 1));
}

/**
 * The run whose slot the membership is as of: the newest slot of those that were carried out, unless a forced run has
 * taken that slot back. A run for an older slot may come later and find nothing to change; a held or cancelled one
 * says nothing of its slot, nor does one that only takes away or moves what is retired.
 */
export function lastRunOf(ids: readonly string[], runs: readonly RunRecord[]): RunRecord | undefined {
  const carriedOut = runs.filter(
    ({ mode, group, state, segmentIds, superseded }) =>
      mode === 'write' &&
      group !== RETIRED_GROUP &&
      CARRIED_OUT.includes(state) &&
      ids.some((id) => segmentIds.includes(id) && !superseded.includes(id)),
  );
  let last: RunRecord | undefined;
  for (const run of carriedOut.toSorted((a, b) => Date.parse(a.startedAt) - Date.parse(b.startedAt)))
    if (last === undefined || run.force || Date.parse(run.slot) >= Date.parse(last.slot)) last = run;
  return last;
}

/** The id of a segment in runs, and the one it was renamed from as long as no other definition has it. */
export function idsInRuns(id: string, definitions: readonly Definition[]): readonly string[] {
  const former = definitions.find(({ segment }) => segment.id === id)?.segment.renamedFrom;
  const isFree = former !== undefined && !definitions.some(({ segment }) => segment.id === former);
  return isFree ? [id, former] : [id];
}

const CARRIED_OUT: readonly RunState[] = ['completed', 'completed with exceptions'];

interface Context {
  readonly members: ReadonlyMap<string, number>;
  readonly owners: ReadonlyMap<string, string>;
  readonly pauses: ReadonlyMap<string, Pause>;
  readonly runs: readonly RunRecord[];
  readonly definitions: readonly Definition[];
  readonly now: Date;
}

async function readOwners(
  ledger: Pick<Ledger, 'readDefinitions'>,
  hash: string,
): Promise<ReadonlyMap<string, string>> {
  const published = (await ledger.readDefinitions(hash))?.definitions ?? [];
  return new Map(published.flatMap(({ id, owner, retired }) => (retired === undefined ? [[id, owner]] : [])));
}

async function readPauses(ledger: Pick<Ledger, 'readPausedSegments'>): Promise<ReadonlyMap<string, Pause>> {
  const paused = await ledger.readPausedSegments();
  return new Map(paused.map(({ segmentId, reason, pausedAt }) => [segmentId, { reason, since: pausedAt }]));
}

function summaryOf(definition: Definition, context: Context): SegmentSummary {
  const { members, owners, pauses, runs, definitions, now } = context;
  const { segment } = definition;
  const due =
    isRunnable(definition) && segment.enabled && segment.kind === 'live' ? recurrenceOf(segment) : null;
  const paused = pauses.get(segment.id) ?? null;
  return {
    id: segment.id,
    name: segment.name ?? null,
    kind: segment.kind,
    owner: ownerOf(owners.get(segment.id)),
    enabled: segment.enabled,
    paused,
    retired: null,
    schedule: due === null ? null : describeRecurrence(due),
    group: due === null ? null : groupName(due),
    schedulePaused: null,
    members: members.get(segment.id) ?? null,
    lastRun: lastRunOf(idsInRuns(segment.id, definitions), runs)?.slot ?? null,
    nextRun: due === null || paused !== null ? null : (nextSlots(due, now, 1)[0] ?? null),
  };
}

function retiredSummary(
  { id, owner, retirement }: RetiredSegment,
  members: number,
  { pauses, runs }: Context,
): SegmentSummary {
  return {
    id,
    name: null,
    kind: 'live',
    owner: ownerOf(owner),
    enabled: false,
    paused: pauses.get(id) ?? null,
    retired: retirement,
    schedule: null,
    group: null,
    schedulePaused: null,
    members,
    lastRun: lastRunOf([id], runs)?.slot ?? null,
    nextRun: null,
  };
}

function ownerOf(owner: string | undefined): string | null {
  return owner === undefined || owner === '' ? null : owner;
}
