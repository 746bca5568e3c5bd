import { batchCandidates } from '../domain/batches.ts';
import type { Condition } from '../domain/condition/ast.ts';
import { RunNotFound } from '../domain/errors.ts';
import { refuseFutureSlot } from '../domain/future-slot.ts';
import { hasLimits } from '../domain/limits.ts';
import type { RunMode, ScanKind } from '../domain/run.ts';
import { chooseDue, type DueRequest } from './choose-due.ts';
import type { PinnedDefinitions } from './definitions.ts';
import { dueOf, idsOf, retireRulesOf, type Due } from './due.ts';
import type { FinishRunInput, RunOutcome } from './finish-run.ts';
import { withHeartbeats } from './heartbeats.ts';
import type { Ledger, NewRun } from './ledger.ts';
import type { RunWorkflows } from './run-workflows.ts';
import { settleLostRuns } from './settle-lost-runs.ts';
import type { BracketRule, ProfileStore, ScanRequest } from './profile-store.ts';
import { leaveOutRefused } from './refused-queries.ts';
import { bracketRulesOf, filtersOf, isRunnable, queryRulesOf, readsOf } from './runnable.ts';

/** Batches of one run at the most: the ledger keeps a row of each. */
const MAX_BATCHES = 20_000;

export interface PlanRunInput extends DueRequest {
  readonly runId: string;
  readonly workflowId: string;
  readonly slot: string;
  readonly mode: RunMode;
  readonly force: boolean;
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
  readonly runWorkflows: RunWorkflows;
  readonly finishRun: (input: FinishRunInput) => Promise<RunOutcome>;
  readonly now: () => Date;
}

export function createPlanRun(deps: PlanRunDeps) {
  const { profiles, ledger, readDefinitions, now } = deps;

  /**
   * Pins the definitions due, cuts the profile space into batches and records both in the ledger. Safe to
   * run twice: a run that is recorded already is answered as it stands. Records of runs that were lost
   * meanwhile are closed on the way.
   */
  async function planRun(input: PlanRunInput): Promise<RunPlan> {
    if ((await ledger.readRun(input.runId)) === null) await begin(input);
    // As recorded, which is not what was planned here where a slow attempt has recorded its plan first.
    const run = await ledger.readRun(input.runId);
    if (run === null) throw new RunNotFound(`The ledger has lost run ${input.runId}.`);
    await settleLostRuns(deps, input.runId);
    return toPlan(run, dueOf(await readDefinitions(run.definitions), run));
  }

  async function begin(input: PlanRunInput): Promise<void> {
    refuseFutureSlot(input, now());
    const definitions = await readDefinitions(input.definitions);
    const chosen = chooseDue(definitions, await ledger.readPausedSegments(), input);
    const { due, leftOut } = await leaveOutRefused(profiles, chosen, input);
    const scans = await planScans(due, input);
    const batches = scans.flatMap(({ scan, ranges }) => ranges.map((range) => ({ scan, range })));
    const total = Math.max(0, ...scans.map((scan) => scan.profiles));
    const run: NewRun = {
      ...input,
      definitions: definitions.hash,
      segmentIds: idsOf(due),
      leftOut,
      startedAt: now().toISOString(),
      profiles: total,
      batches: batches.length,
    };
    await ledger.beginRun(run, batches);
  }

  async function planScans(due: Due, input: PlanRunInput) {
    const requests = scanRequests(due, input.runId, input.slot, input.mode);
    const plans = [];
    for (const request of requests) {
      const scan = profiles.openScan(request);
      const plan = await scan.plan({ batchCandidates, maxBatches: MAX_BATCHES });
      plans.push({ scan: request.scan, ...plan });
    }
    return plans;
  }

  return { planRun: (input: PlanRunInput) => withHeartbeats(() => planRun(input)) };
}

function toPlan(
  { runId, slot, definitions, segmentIds, leftOut, profiles, batches, mode, force }: NewRun,
  due: Due,
): RunPlan {
  const limited =
    mode === 'write' && !force
      ? due.definitions.filter(isRunnable).filter(({ segment }) => hasLimits(segment))
      : [];
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
function scanRequests(due: Due, runId: string, slot: string, mode: RunMode): readonly ScanRequest[] {
  const base = { runId, now: Date.parse(slot) };
  const rules = [...bracketRulesOf(due.definitions), ...retireBracketsOf(due)];
  const queries = queryRulesOf(due.definitions);
  const filters = filtersOf(due.definitions);
  const scans: ScanRequest[] = [];
  if (rules.length + queries.length > 0) {
    scans.push({
      ...base,
      scan: 'conditions',
      reach: { kind: mode === 'audit' ? 'audit' : 'bracketed', rules, queries },
    });
  }
  if (filters.length > 0 && mode !== 'audit') {
    const reads = readsOf(due.definitions);
    scans.push({
      ...base,
      scan: 'workflows',
      reach: { kind: 'admitted', filters },
      ...(reads === null ? {} : { reads }),
    });
  }
  return scans;
}

/** A condition that nobody meets: its candidates are its members, all of them. */
const NEVER: Condition = { kind: 'or', terms: [] };

function retireBracketsOf(due: Due): readonly BracketRule[] {
  return retireRulesOf(due).map(({ value }) => ({ value, condition: NEVER, mode: 'sync' }));
}

export function scanRequest(
  due: Due,
  scan: ScanKind,
  runId: string,
  slot: string,
  mode: RunMode,
): ScanRequest {
  const request = scanRequests(due, runId, slot, mode).find((each) => each.scan === scan);
  if (request === undefined) throw new Error(`run ${runId} has no ${scan} scan`);
  return request;
}
