import {
  condition,
  type ChildWorkflowHandle,
  isCancellation,
  proxyActivities,
  setCurrentDetails,
  setHandler,
  startChild,
  workflowInfo,
} from '@temporalio/workflow';
import type { LedgerActivities } from '../activities/create-activities.ts';
import type { RunPlan } from '../activities/plan-run.ts';
import type { BatchSpan } from '../domain/batches.ts';
import type { RunMode } from '../domain/run.ts';
import { partitionWorkflowId, profilesQueue } from '../names.ts';
import { LEDGER } from './activity-options.ts';
import type { FanOut, Outcome } from './fan-out.ts';
import {
  control,
  type FanOutControl,
  pause,
  progress,
  resume,
  retryFailed,
  setWindow,
  type RunProgress,
} from './messages.ts';
import { isOwnCancellation, runBatch } from './run-batch.ts';
import { detailsOf, validatePause, validateWindow } from './run-details.ts';
import { segmentPartition } from './segment-partition.ts';

const { hasWorkers, readUnfinishedBatches } = proxyActivities<LedgerActivities>(LEDGER);

/** Partitions that work side by side; the window is shared out among them. */
const PARTITIONS_AT_A_TIME = 4;

/** How long nothing may end before the run looks whether its queue has workers; said within 10 s. */
const FIRST_LOOK_MS = 8_000;
const LAST_LOOK_MS = 60_000;

/** What a person can see of an open run and do to it, from its first moment to its last. */
export class RunControls {
  paused: string | null;
  window: number;
  readonly #mode: RunMode;
  #run: RunPlan | null = null;
  #fanOut: FanOut | null = null;
  #waiting: string | null = null;
  #isClosing = false;
  readonly #partitions = new Map<string, ChildWorkflowHandle<typeof segmentPartition>>();

  constructor(mode: RunMode, window: number, paused: string | null) {
    this.#mode = mode;
    this.window = window;
    this.paused = paused;
    setHandler(progress, () => this.#progress(), { description: 'How far the run is' });
    setHandler(setWindow, (next) => this.#setWindow(next), {
      description: 'How many batches run side by side',
      validator: validateWindow,
    });
    setHandler(pause, (reason) => this.#setPaused(reason), {
      description: 'Starts no more batches; those under way end',
      validator: validatePause,
    });
    setHandler(resume, () => this.#setPaused(null), { description: 'Goes on after a pause' });
    setHandler(retryFailed, () => this.#retryFailed(), {
      description: 'Puts failed batches back in line',
      validator: () => {
        if (this.#isClosing)
          throw new Error('the run is being closed: retry its batches with `strata retry`');
      },
    });
  }

  /** Runs the fan-out with everything a person sees of it kept up to date. */
  async drive(run: RunPlan, fanOut: FanOut): Promise<void> {
    this.#run = run;
    this.#fanOut = fanOut;
    fanOut.state = { ...fanOut.state, window: this.#share(), paused: this.paused };
    let finished = false;
    const watch = this.#watchQueue(() => finished);
    this.#tell();
    try {
      await fanOut.run((span) => this.#child(run, span));
    } finally {
      finished = true;
      this.#isClosing = true;
      await watch;
      this.#tell();
    }
  }

  async #child(run: RunPlan, span: BatchSpan): Promise<Outcome> {
    const { workflowId } = workflowInfo();
    const input = { runId: run.runId, runWorkflowId: workflowId, batches: run.batches };
    const outcome =
      span.to - span.from === 1
        ? await runBatch({ ...input, batch: span.from })
        : await this.#partition(input, span);
    this.#waiting = null;
    this.#tell();
    return outcome;
  }

  async #partition(
    input: { readonly runId: string; readonly runWorkflowId: string; readonly batches: number },
    span: BatchSpan,
  ): Promise<Outcome> {
    const id = partitionWorkflowId(input.runWorkflowId, span.from);
    const told = this.#control();
    try {
      const handle = await startChild(segmentPartition, {
        workflowId: id,
        args: [{ ...input, span, ...told }],
        parentClosePolicy: 'REQUEST_CANCEL',
        staticSummary: `batches ${span.from + 1} to ${span.to} of ${input.batches}`,
      });
      this.#partitions.set(id, handle);
      // What a person asked for while the child was being started has not reached it yet.
      const asked = this.#control();
      if (asked.paused !== told.paused || asked.window !== told.window) await handle.signal(control, asked);
      return await handle.result();
    } catch (error) {
      if (isOwnCancellation(error)) throw error;
      const unfinished = await readUnfinishedBatches({ runId: input.runId });
      const failed = unfinished.filter((batch) => batch >= span.from && batch < span.to);
      return {
        done: span.to - span.from - failed.length,
        passed: 0,
        changed: 0,
        setAside: 0,
        superseded: 0,
        failed,
      };
    } finally {
      this.#partitions.delete(id);
    }
  }

  #control(): FanOutControl {
    return { paused: this.paused, window: this.#shareOfPartition() };
  }

  #isPartitioned(): boolean {
    return (this.#fanOut?.unit ?? 1) > 1;
  }

  #share(): number {
    return this.#isPartitioned() ? Math.min(PARTITIONS_AT_A_TIME, this.window) : this.window;
  }

  #shareOfPartition(): number {
    return Math.max(1, Math.floor(this.window / this.#share()));
  }

  async #setWindow(next: number): Promise<number> {
    const before = this.window;
    this.window = next;
    await this.#passOn();
    return before;
  }

  async #setPaused(reason: string | null): Promise<void> {
    this.paused = reason;
    await this.#passOn();
  }

  async #passOn(): Promise<void> {
    const fanOut = this.#fanOut;
    if (fanOut !== null) fanOut.state = { ...fanOut.state, window: this.#share(), paused: this.paused };
    this.#tell();
    await Promise.all(
      [...this.#partitions.values()].map((partition) => partition.signal(control, this.#control())),
    );
  }

  #retryFailed(): readonly number[] {
    const again = this.#fanOut?.retryFailed() ?? [];
    this.#tell();
    return again;
  }

  /** Looks at a steady beat, not after each batch: a timer costs two events of history. */
  async #watchQueue(finished: () => boolean): Promise<void> {
    const taskQueue = profilesQueue(workflowInfo().taskQueue);
    const ended = (): number => (this.#fanOut?.state.done ?? 0) + (this.#fanOut?.state.failed.length ?? 0);
    let before = 0;
    let lookMs = FIRST_LOOK_MS;
    try {
      while (!(await condition(finished, lookMs))) {
        const stuck = ended() === before && this.paused === null;
        before = ended();
        lookMs = stuck ? Math.min(lookMs * 2, LAST_LOOK_MS) : FIRST_LOOK_MS;
        if (!stuck) continue;
        this.#waiting = (await hasWorkers({ taskQueue }))
          ? null
          : `no worker polls the task queue "${taskQueue}": start one with \`strata up\` or \`npm run worker\``;
        this.#tell();
      }
    } catch (error) {
      if (!isCancellation(error)) throw error;
    }
  }

  #progress(): RunProgress {
    const state = this.#fanOut?.state;
    return {
      runId: this.#run?.runId ?? '',
      slot: this.#run?.slot ?? '',
      mode: this.#mode,
      state: 'running',
      segments: this.#run?.segments ?? 0,
      leftOut: this.#run?.leftOut ?? 0,
      paused: this.paused,
      window: this.window,
      profiles: this.#run?.profiles ?? 0,
      passed: state?.passed ?? 0,
      batches: this.#run?.batches ?? 0,
      batchesDone: state?.done ?? 0,
      failedBatches: state?.failed ?? [],
      waiting: this.paused === null ? this.#waiting : `paused: ${this.paused}`,
    };
  }

  #tell(): void {
    setCurrentDetails(detailsOf(this.#progress()));
  }
}
