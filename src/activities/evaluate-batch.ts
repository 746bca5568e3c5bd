import { activityInfo, cancellationSignal, CancelledFailure, heartbeat } from '@temporalio/activity';
import type { DateFields } from '../domain/condition/fields.ts';
import type { Definition } from '../domain/definition.ts';
import { RunNotFound } from '../domain/errors.ts';
import type { StoredProfile } from '../domain/profile.ts';
import type { BatchRecord, BatchTally, RunRecord } from '../domain/run.ts';
import { EMPTY_TALLY, TallyCounter } from '../domain/tally.ts';
import type { PinnedDefinitions } from './definitions.ts';
import type { Ledger } from './ledger.ts';
import { createPageEvaluator, type EvaluatedPage, type PageEvaluator } from './page-evaluator.ts';
import { scanRequest } from './plan-run.ts';
import type { ProfileScan, ProfileStore } from './profile-store.ts';

/** A profile that conflicts this often in a row is written by others faster than we can read it: set aside. */
const CONFLICT_ROUNDS = 5;

export interface EvaluateBatchInput {
  readonly runId: string;
  readonly batch: number;
}

/** Small: the per-segment numbers stay in the ledger. */
export interface EvaluateBatchResult {
  readonly passed: number;
  readonly changed: number;
  readonly setAside: number;
  readonly superseded: boolean;
}

export interface EvaluateBatchDeps {
  readonly profiles: ProfileStore;
  readonly ledger: Ledger;
  readonly readDefinitions: (hash: string | null) => Promise<PinnedDefinitions>;
  readonly segmentsField: string;
  readonly dateFields: DateFields;
}

/** What one attempt carries from page to page; the heartbeat holds all of it that a retry needs. */
interface Checkpoint {
  readonly next: string | null;
  readonly tally: BatchTally;
}

export function createEvaluateBatch(deps: EvaluateBatchDeps) {
  /**
   * Evaluates one batch and writes what changed. Runs any number of times: the store logs a profile's change
   * once per run and scan, and a profile that this run has changed is not evaluated again.
   */
  async function evaluateBatch({ runId, batch: number }: EvaluateBatchInput): Promise<EvaluateBatchResult> {
    const run = await deps.ledger.readRun(runId);
    const batch = await deps.ledger.readBatch(runId, number);
    if (run === null || batch === null) throw new RunNotFound(`The ledger has no batch ${number} of run ${runId}.`);
    if (batch.state === 'done' && batch.tally !== null) return toResult(batch.tally, run);
    const { definitions } = await deps.readDefinitions(run.definitions);
    const due = definitions.filter(({ segment }) => run.segmentIds.includes(segment.id));
    const tally = await passRange(deps, { run, batch, due });
    await deps.ledger.finishBatch(runId, number, { state: 'done', tally });
    return toResult(tally, run);
  }

  return { evaluateBatch };
}

function toResult(tally: BatchTally, run: RunRecord): EvaluateBatchResult {
  return {
    passed: tally.passed,
    changed: tally.changed,
    setAside: tally.setAside,
    superseded: run.segmentIds.every((id) => tally.superseded.includes(id)),
  };
}

interface Batch {
  readonly run: RunRecord;
  readonly batch: BatchRecord;
  readonly due: readonly Definition[];
}

async function passRange(deps: EvaluateBatchDeps, { run, batch, due }: Batch): Promise<BatchTally> {
  const scan = deps.profiles.openScan(scanRequest(due, batch.scan, run.runId, run.slot, run.mode));
  const resumed = checkpointOf(activityInfo().heartbeatDetails);
  const counter = new TallyCounter(resumed?.tally ?? EMPTY_TALLY);
  const pages = createPageWriter(deps, { run, batch, due }, scan, counter);
  if (resumed !== null && resumed.next === null) return counter.toTally();

  let page = await scan.readPage(batch.range, resumed?.next ?? null);
  for (;;) {
    throwIfCancelled();
    const ahead = page.next === null ? null : scan.readPage(batch.range, page.next);
    // The read-ahead is awaited below; until then its failure must not count as unhandled.
    ahead?.catch(() => undefined);
    await pages.write(page.profiles);
    counter.totals.passed += page.passed;
    counter.totals.setAside += page.setAside.length;
    if (page.setAside.length > 0) await deps.ledger.recordSetAside(run.runId, page.setAside);
    heartbeat({ next: page.next, tally: counter.toTally() } satisfies Checkpoint);
    if (ahead === null) return counter.toTally();
    page = await ahead;
  }
}

function checkpointOf(details: unknown): Checkpoint | null {
  return isCheckpoint(details) ? details : null;
}

function isCheckpoint(details: unknown): details is Checkpoint {
  return typeof details === 'object' && details !== null && 'next' in details && 'tally' in details;
}

function throwIfCancelled(): void {
  if (cancellationSignal().aborted) throw new CancelledFailure('the batch was cancelled between two pages');
}

/** Evaluates pages and writes their changes; drops segments for which a newer slot has begun. */
function createPageWriter(deps: EvaluateBatchDeps, { run, batch, due }: Batch, scan: ProfileScan, counter: TallyCounter) {
  let evaluator = evaluatorOf(due);

  function evaluatorOf(definitions: readonly Definition[]): PageEvaluator {
    const options = { now: Date.parse(run.slot), dateFields: deps.dateFields, segmentsField: deps.segmentsField, keepSample: run.mode !== 'write' };
    return createPageEvaluator(definitions, batch.scan, options);
  }

  function active(): readonly Definition[] {
    return due.filter(({ segment }) => !counter.superseded.has(segment.id));
  }

  async function write(profiles: readonly StoredProfile[]): Promise<void> {
    let todo = profiles;
    for (let round = 0; todo.length > 0; round += 1) {
      if (round === CONFLICT_ROUNDS) return giveUp(todo);
      const conflicts = await writeOnce(todo);
      counter.totals.conflicts += conflicts.length;
      todo = conflicts.length === 0 ? [] : await scan.readProfiles(conflicts);
    }
  }

  /** Answers the ids to read again: those that conflicted, or all whose evaluation used a superseded segment. */
  async function writeOnce(profiles: readonly StoredProfile[]): Promise<readonly string[]> {
    const attempt = new TallyCounter(EMPTY_TALLY);
    const evaluated = evaluator.evaluate(profiles, attempt);
    const outcome =
      run.mode === 'write' && evaluated.changes.length > 0
        ? await deps.profiles.writeChanges({
            runId: run.runId,
            scan: batch.scan,
            batch: batch.batch,
            segments: active().map(({ segment }) => segment.id),
            slot: run.slot,
            force: run.force,
            changes: evaluated.changes,
          })
        : ({ kind: 'written', written: evaluated.changes.length, conflicts: [] } as const);
    if (outcome.kind === 'superseded') {
      for (const id of outcome.segments) counter.superseded.add(id);
      evaluator = evaluatorOf(active());
      return profiles.map(({ id }) => id);
    }
    counter.add(attempt);
    counter.totals.changed += outcome.written;
    await keepSetAside(evaluated);
    return outcome.conflicts;
  }

  async function keepSetAside({ setAside }: EvaluatedPage): Promise<void> {
    if (setAside.length === 0) return;
    counter.totals.setAside += setAside.length;
    await deps.ledger.recordSetAside(run.runId, setAside);
  }

  async function giveUp(profiles: readonly StoredProfile[]): Promise<void> {
    const reason = `written by others ${CONFLICT_ROUNDS} times in a row while it was evaluated`;
    await keepSetAside({ changes: [], setAside: profiles.map(({ id }) => ({ id, reason })) });
  }

  return { write };
}
