import { activityInfo, cancellationSignal, CancelledFailure, heartbeat } from '@temporalio/activity';
import type { DateFields } from '../domain/condition/fields.ts';
import { RunNotFound } from '../domain/errors.ts';
import type { BatchRecord, BatchTally, RunRecord } from '../domain/run.ts';
import type { ProfilePage } from '../domain/profile.ts';
import { EMPTY_TALLY, TallyCounter } from '../domain/tally.ts';
import type { PinnedDefinitions } from './definitions.ts';
import { dueOf, type Due } from './due.ts';
import { withHeartbeats } from './heartbeats.ts';
import type { Ledger } from './ledger.ts';
import { createPageEvaluator } from './page-evaluator.ts';
import { PageWriter } from './page-writer.ts';
import { scanRequest } from './plan-run.ts';
import type { ProfileScan, ProfileStore } from './profile-store.ts';

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

/** What one attempt carries from write to write; the heartbeat holds all of it that a retry needs. */
interface Checkpoint {
  readonly next: string | null;
  readonly tally: BatchTally;
}

type Keep = (checkpoint: Checkpoint) => void;

export function createEvaluateBatch(deps: EvaluateBatchDeps) {
  /**
   * Evaluates one batch and writes what changed. Runs any number of times: the store logs a profile's change
   * once per run and scan, and a profile that this run has changed is not evaluated again.
   */
  async function evaluateBatch(
    { runId, batch: number }: EvaluateBatchInput,
    keep: Keep,
  ): Promise<EvaluateBatchResult> {
    const run = await deps.ledger.readRun(runId);
    const batch = await deps.ledger.readBatch(runId, number);
    if (run === null || batch === null)
      throw new RunNotFound(`The ledger has no batch ${number} of run ${runId}.`);
    if (batch.state === 'done' && batch.tally !== null) return toResult(batch.tally, run);
    const due = dueOf(await deps.readDefinitions(run.definitions), run);
    // Before anything is read: what an earlier attempt has written must not be evaluated again.
    if (run.mode === 'write') await deps.profiles.settleWrites(runId, number);
    const tally = await passPages(deps, { run, batch, due }, keep);
    await deps.ledger.finishBatch(runId, number, { state: 'done', tally });
    return toResult(tally, run);
  }

  return {
    evaluateBatch: (input: EvaluateBatchInput) => withCheckpoints((keep) => evaluateBatch(input, keep)),
  };
}

/** Beats between checkpoints too, with the last one: what takes longer than the heartbeat timeout is no lost worker. */
function withCheckpoints<T>(work: (keep: Keep) => Promise<T>): Promise<T> {
  let last: unknown = activityInfo().heartbeatDetails;
  const keep: Keep = (checkpoint) => {
    last = checkpoint;
    heartbeat(checkpoint);
  };
  return withHeartbeats(
    () => work(keep),
    () => last,
  );
}

function toResult(tally: BatchTally, run: RunRecord): EvaluateBatchResult {
  return {
    passed: tally.passed,
    changed: tally.changed,
    setAside: tally.setAside,
    superseded: isOvertaken(run, new Set(tally.superseded)),
  };
}

function isOvertaken({ segmentIds }: RunRecord, superseded: ReadonlySet<string>): boolean {
  return segmentIds.every((id) => superseded.has(id));
}

interface Batch {
  readonly run: RunRecord;
  readonly batch: BatchRecord;
  readonly due: Due;
}

async function passPages(
  deps: EvaluateBatchDeps,
  { run, batch, due }: Batch,
  keep: Keep,
): Promise<BatchTally> {
  const scan = deps.profiles.openScan(scanRequest(due, batch.scan, run.runId, run.slot, run.mode));
  const resumed = checkpointOf(activityInfo().heartbeatDetails);
  const counter = new TallyCounter(resumed?.tally ?? EMPTY_TALLY);
  if (resumed !== null && resumed.next === null) return counter.toTally();
  const { profiles, ledger, segmentsField, dateFields } = deps;
  // Runs that an outage has piled up end here, and not after reading the whole store for nothing.
  if (run.mode === 'write' && !run.force)
    for (const id of await ledger.readOvertaken(run.segmentIds, run.slot)) counter.superseded.add(id);
  const options = { now: Date.parse(run.slot), dateFields, segmentsField };
  const evaluatorOf = (active: Due) => createPageEvaluator(active, batch.scan, options);
  const onWritten = (next: string | null): void => keep({ next, tally: counter.toTally() });
  const writer = new PageWriter({ profiles, ledger, scan, run, batch, due, counter, evaluatorOf, onWritten });
  try {
    for await (const page of readPages(scan, batch.range, resumed?.next ?? null)) {
      throwIfCancelled();
      if (isOvertaken(run, counter.superseded)) break;
      await writer.take(page);
    }
  } catch (error) {
    // A batch has ended when nothing of it is under way any more: the run's numbers are taken after that.
    await writer.written().catch(() => undefined);
    throw error;
  }
  await writer.written();
  return counter.toTally();
}

/** Each page is read while the one before it is evaluated and written. */
async function* readPages(
  scan: Pick<ProfileScan, 'readPage'>,
  range: string,
  from: string | null,
): AsyncGenerator<ProfilePage> {
  let ahead: Promise<ProfilePage> | null = scan.readPage(range, from);
  while (ahead !== null) {
    const page: ProfilePage = await ahead;
    ahead = page.next === null ? null : scan.readPage(range, page.next);
    // Awaited above; until then its failure must not count as unhandled.
    ahead?.catch(() => undefined);
    yield page;
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
