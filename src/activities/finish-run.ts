import { RunNotFound } from '../domain/errors.ts';
import type { BatchRecord, BatchTally, RunRecord, RunState, SegmentNumbers } from '../domain/run.ts';
import { addTallies, EMPTY_TALLY } from '../domain/tally.ts';
import type { PinnedDefinitions } from './definitions.ts';
import { dueOf, valuesOfDue } from './due.ts';
import { withHeartbeats } from './heartbeats.ts';
import type { Ledger } from './ledger.ts';
import type { ProfileStore } from './profile-store.ts';

export interface FinishRunInput {
  readonly runId: string;
  /** Why the run ended early, when it did. */
  readonly ended: { readonly state: 'cancelled' | 'failed' | 'held'; readonly reason: string } | null;
}

/** What the workflow answers: the run's outcome without its per-segment rows. */
export interface RunOutcome {
  readonly runId: string;
  readonly state: RunState;
  readonly reason: string | null;
  readonly profiles: number;
  readonly changed: number;
  readonly failedBatches: number;
}

export interface FinishRunDeps {
  readonly profiles: ProfileStore;
  readonly ledger: Ledger;
  readonly readDefinitions: (hash: string | null) => Promise<PinnedDefinitions>;
  readonly now: () => Date;
}

export function createFinishRun(deps: FinishRunDeps) {
  const { profiles, ledger, now } = deps;
  /**
   * Closes the run's record with its numbers. Changed, entered and left come from the membership log, so they are
   * exact however often a batch was repeated, cut short or never finished. Safe to run twice.
   */
  async function finishRun({ runId, ended }: FinishRunInput): Promise<RunOutcome> {
    const run = await ledger.readRun(runId);
    if (run === null) throw new RunNotFound(`The ledger has no run ${runId}.`);
    if (run.mode === 'write') await profiles.settleWrites(runId);
    const batches = await ledger.readBatches(runId);
    const tally = batches.reduce((sum, batch) => addTallies(sum, batch.tally ?? EMPTY_TALLY), EMPTY_TALLY);
    const { segments, superseded, sample, ...counted } = tally;
    const changed = run.mode === 'write' ? await ledger.countWritten(runId) : counted.changed;
    // A held run has not begun its batches: there is nothing of it that failed, or that a retry could finish.
    const unfinished = ended?.state === 'held' ? 0 : batches.filter(({ state }) => state !== 'done').length;
    const state = ended?.state ?? stateOf(run, batches, { superseded, changed });
    const reason = ended?.reason ?? reasonOf(state, batches);
    await ledger.finishRun({
      runId,
      state,
      reason,
      endedAt: now().toISOString(),
      failedBatches: unfinished,
      totals: { ...counted, changed },
      superseded,
      supersededBy: superseded.length === 0 ? null : await ledger.readNewestSlot(superseded),
      segments: await numbersOf(deps, run, segments),
      sample,
    });
    if (unfinished === 0) await profiles.releaseRanges(batches.map(({ range }) => range));
    return {
      runId,
      state,
      reason,
      profiles: run.profiles,
      changed,
      failedBatches: unfinished,
    };
  }

  return { finishRun: (input: FinishRunInput) => withHeartbeats(() => finishRun(input)) };
}

async function numbersOf(
  { profiles, ledger, readDefinitions }: FinishRunDeps,
  run: RunRecord,
  tallies: BatchTally['segments'],
): Promise<readonly SegmentNumbers[]> {
  const sets = valuesOfDue(dueOf(await readDefinitions(run.definitions), run));
  const members = await profiles.countMembers(sets.map(({ values }) => values));
  const changes = new Map((await ledger.countChanges(run.runId)).map((change) => [change.value, change]));
  const sum = (values: readonly string[], side: 'entered' | 'left') =>
    values.reduce((total, value) => total + (changes.get(value)?.[side] ?? 0), 0);
  return sets.map(({ id, values }, index) => {
    const tally = tallies[id];
    const counted = run.mode === 'write' ? null : tally;
    return {
      id,
      members: members[index] ?? 0,
      entered: counted === null ? sum(values, 'entered') : (counted?.entered ?? 0),
      left: counted === null ? sum(values, 'left') : (counted?.left ?? 0),
      errors: tally?.errors ?? 0,
      mismatches: tally?.mismatches ?? 0,
    };
  });
}

/** `superseded` says that nothing was written: a run overtaken on its way has exceptions instead. */
function stateOf(
  run: RunRecord,
  batches: readonly BatchRecord[],
  { superseded, changed }: Pick<BatchTally, 'superseded' | 'changed'>,
): RunState {
  const unfinished = batches.filter(({ state }) => state !== 'done').length;
  if (unfinished > 0 && unfinished === batches.length) return 'failed';
  const isOvertaken = run.segmentIds.length > 0 && run.segmentIds.every((id) => superseded.includes(id));
  if (isOvertaken && changed === 0) return 'superseded';
  return isOvertaken || unfinished > 0 ? 'completed with exceptions' : 'completed';
}

function reasonOf(state: RunState, batches: readonly BatchRecord[]): string | null {
  const failure = batches.find((batch) => batch.state === 'failed')?.failure ?? null;
  if (failure !== null || state !== 'completed with exceptions') return failure;
  return batches.every((batch) => batch.state === 'done')
    ? 'a newer slot began while it was under way'
    : null;
}
