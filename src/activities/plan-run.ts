import { batchCandidates } from '../domain/batches.ts';
import type { Definition } from '../domain/definition.ts';
import { SegmentNotFound } from '../domain/errors.ts';
import { hasLimits } from '../domain/limits.ts';
import { groupName, recurrenceOf } from '../domain/recurrence.ts';
import type { LeftOut, RunMode, RunRecord, ScanKind } from '../domain/run.ts';
import type { PinnedDefinitions } from './definitions.ts';
import type { Ledger, NewRun } from './ledger.ts';
import type { ProfileStore, ScanRequest } from './profile-store.ts';
import { bracketRulesOf, filtersOf, isRunnable } from './runnable.ts';

/** Batches of one run at the most: the ledger keeps a row of each. */
const MAX_BATCHES = 20_000;

export interface PlanRunInput {
  readonly runId: string;
  readonly workflowId: string;
  readonly group: string;
  readonly slot: string;
  readonly mode: RunMode;
  readonly force: boolean;
  /** null: all enabled live segments of the group, or of every group when that is `manual`. */
  readonly segmentIds: readonly string[] | null;
  /** null: the current published set. */
  readonly definitions: string | null;
}

/** Small on purpose: it enters the workflow's history. */
export interface RunPlan {
  readonly runId: string;
  readonly slot: string;
  readonly definitions: string;
  readonly segments: number;
  readonly leftOut: number;
  readonly profiles: number;
  readonly batches: number;
  /** Segments that set limits: they are counted before anything is written. */
  readonly limited: readonly string[];
}

export interface PlanRunDeps {
  readonly profiles: ProfileStore;
  readonly ledger: Ledger;
  readonly readDefinitions: (hash: string | null) => Promise<PinnedDefinitions>;
  readonly now: () => Date;
}

export function createPlanRun({ profiles, ledger, readDefinitions, now }: PlanRunDeps) {
  /**
   * Pins the definitions due, cuts the profile space into batches and records both in the ledger. Safe to
   * run twice: a run that is recorded already is answered as it stands.
   */
  async function planRun(input: PlanRunInput): Promise<RunPlan> {
    const recorded = await ledger.readRun(input.runId);
    if (recorded !== null) return toPlan(recorded, await dueOf(recorded));
    const definitions = await readDefinitions(input.definitions);
    const due = dueDefinitions(definitions, input);
    const scans = await planScans(due, input);
    const batches = scans.flatMap(({ scan, ranges }) => ranges.map((range) => ({ scan, range })));
    const total = Math.max(0, ...scans.map((scan) => scan.profiles));
    const run: NewRun = {
      ...input,
      definitions: definitions.hash,
      segmentIds: due.map(({ segment }) => segment.id),
      leftOut: leftOutOf(definitions, input),
      startedAt: now().toISOString(),
      profiles: total,
      batches: batches.length,
    };
    await ledger.beginRun(run, batches);
    return toPlan(run, due);
  }

  async function dueOf({ definitions: hash, segmentIds }: RunRecord): Promise<readonly Definition[]> {
    const { definitions } = await readDefinitions(hash);
    return definitions.filter(({ segment }) => segmentIds.includes(segment.id));
  }

  async function planScans(due: readonly Definition[], input: PlanRunInput) {
    const requests = scanRequests(due, input.runId, input.slot, input.mode);
    const plans = [];
    for (const request of requests) {
      const scan = profiles.openScan(request);
      const plan = await scan.plan({ batchCandidates, maxBatches: MAX_BATCHES });
      plans.push({ scan: request.scan, ...plan });
    }
    return plans;
  }

  return { planRun };
}

function toPlan(
  { runId, slot, definitions, segmentIds, leftOut, profiles, batches, mode, force }: NewRun,
  due: readonly Definition[],
): RunPlan {
  const limited =
    mode === 'write' && !force ? due.filter(isRunnable).filter(({ segment }) => hasLimits(segment)) : [];
  return {
    runId,
    slot,
    definitions,
    segments: segmentIds.length,
    leftOut: leftOut.length,
    profiles,
    batches,
    limited: limited.map(({ segment }) => segment.id),
  };
}

/** The scans a run needs, in the order they run: workflow segments apart, so that the bracketed scan stays small. */
export function scanRequests(
  due: readonly Definition[],
  runId: string,
  slot: string,
  mode: RunMode,
): readonly ScanRequest[] {
  const base = { runId, now: Date.parse(slot) };
  const rules = bracketRulesOf(due);
  const filters = filtersOf(due);
  const scans: ScanRequest[] = [];
  if (rules.length > 0) {
    scans.push({
      ...base,
      scan: 'conditions',
      reach: { kind: mode === 'audit' ? 'audit' : 'bracketed', rules },
    });
  }
  if (filters.length > 0 && mode !== 'audit') {
    scans.push({ ...base, scan: 'workflows', reach: { kind: 'admitted', filters } });
  }
  return scans;
}

export function scanRequest(
  due: readonly Definition[],
  scan: ScanKind,
  runId: string,
  slot: string,
  mode: RunMode,
): ScanRequest {
  const request = scanRequests(due, runId, slot, mode).find((each) => each.scan === scan);
  if (request === undefined) throw new Error(`run ${runId} has no ${scan} scan`);
  return request;
}

function dueDefinitions(
  { definitions, leftOut }: PinnedDefinitions,
  { segmentIds, group }: PlanRunInput,
): readonly Definition[] {
  if (segmentIds !== null) return segmentIds.map((id) => runnableDefinition(id, definitions, leftOut));
  return definitions.filter((definition) => {
    const { segment } = definition;
    if (!isRunnable(definition) || segment.kind !== 'live' || !segment.enabled) return false;
    return group === MANUAL_GROUP || groupName(recurrenceOf(segment)) === group;
  });
}

/** The group of runs that people start: all live segments, whatever their recurrence. */
export const MANUAL_GROUP = 'manual';

function runnableDefinition(
  id: string,
  definitions: readonly Definition[],
  leftOut: readonly LeftOut[],
): Definition {
  const definition = definitions.find(({ segment }) => segment.id === id);
  if (definition !== undefined && isRunnable(definition)) return definition;
  const reason = leftOut.find((each) => each.id === id)?.reason;
  if (reason !== undefined) throw new SegmentNotFound(`Segment "${id}" does not load: ${reason}`);
  throw new SegmentNotFound(
    definition === undefined
      ? `No published definition has the id "${id}".`
      : `Segment "${id}" is defined, but its kind is not scheduled by this version.`,
  );
}

function leftOutOf(definitions: PinnedDefinitions, { segmentIds }: PlanRunInput): readonly LeftOut[] {
  return segmentIds === null ? definitions.leftOut : [];
}
