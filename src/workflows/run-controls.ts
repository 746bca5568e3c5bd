import {
  CancellationScope,
  condition,
  isCancellation,
  proxyActivities,
  setCurrentDetails,
  setHandler,
  sleep,
  workflowInfo,
} from '@temporalio/workflow';
import type { LedgerActivities } from '../activities/create-activities.ts';
import type { RunPlan } from '../activities/plan-run.ts';
import type { BatchSpan } from '../domain/batches.ts';
import type { RunMode, RunState } from '../domain/run.ts';
import { profilesQueue } from '../names.ts';
import { LOOK } from './activity-options.ts';
import type { FanOut, Outcome } from './fan-out.ts';
import { pause, progress, resume, retryFailed, setWindow, type RunProgress } from './messages.ts';
import { Partitions, PARTITIONS_AT_A_TIME } from './partitions.ts';
import { runBatch } from './run-batch.ts';
import { detailsOf, validatePause, validateWindow } from './run-details.ts';

const { hasWorkers } = proxyActivities<LedgerActivities>(LOOK);

/** How long nothing may end before the run looks whether its queue has workers; said within 10 s. */
const FIRST_LOOK_MS = 8_000;
const LAST_LOOK_MS = 60_000;

/** What is known of a run before it is planned. */
export type NamedRun = Pick<RunPlan, 'runId' | 'slot'>;

/** What a person can see of an open run and do to it, from its first moment to its last. */
export class RunControls {
  paused: string | null;
  window: number;
  readonly #named: NamedRun & { readonly mode: RunMode };
  #run: RunPlan | null = null;
  #fanOut: FanOut | null = null;
  #waiting: string | null = null;
  #state: RunState = 'running';
  #isClosing = false;
  #partitions: Partitions | null = null;

  constructor(named: NamedRun & { readonly mode: RunMode }, window: number, paused: string | null) {
    this.#named = named;
    this.window = window;
    this.paused = paused;
    setHandler(progress, () => this.#progress(), { description: 'How far the run is' });
    setHandler(setWindow, (next) => this.#setWindow(next), {
      description: 'How many batches run side by side',
      validator: (next) => {
        validateWindow(next);
        this.#refuseWhenClosing('nothing more starts');
      },
    });
    setHandler(pause, (reason) => this.#setPaused(reason), {
      description: 'Starts no more batches; those under way end',
      validator: (reason) => {
        validatePause(reason);
        this.#refuseWhenClosing('nothing more starts');
      },
    });
    setHandler(resume, () => this.#setPaused(null), { description: 'Goes on after a pause' });
    setHandler(retryFailed, () => this.#retryFailed(), {
      description: 'Puts failed batches back in line',
      validator: () =>
        this.#refuseWhenClosing('when it has ended, `strata retry` works on its failed batches'),
    });
  }

  /** Of a closed workflow too it is asked how the run ended. */
  ended(state: RunState): void {
    this.#state = state;
    this.#waiting = null;
    this.#tell();
  }

  /** Runs the fan-out with everything a person sees of it kept up to date. */
  async drive(run: RunPlan, fanOut: FanOut): Promise<void> {
    this.#run = run;
    this.#fanOut = fanOut;
    const { runId, batches } = run;
    const wanted = () => ({ paused: this.paused, window: this.window });
    const partitions = new Partitions({ runId, batches, wanted, toStart: () => fanOut.toStart });
    this.#partitions = partitions;
    fanOut.state = { ...fanOut.state, window: this.#children(), paused: this.paused };
    const watching = new CancellationScope();
    const watch = watching.run(() => this.#watchQueue());
    this.#tell();
    let goesOn = false;
    try {
      await fanOut.run((span) => this.#child(run, span, partitions));
      goesOn = fanOut.state.todo.length > 0;
    } finally {
      this.#isClosing = !goesOn;
      watching.cancel();
      await watch;
      this.#tell();
    }
  }

  #refuseWhenClosing(advice: string): void {
    if (this.#isClosing) throw new Error(`the run is being closed: ${advice}`);
  }

  async #child({ runId, batches }: RunPlan, span: BatchSpan, partitions: Partitions): Promise<Outcome> {
    const runWorkflowId = workflowInfo().workflowId;
    const outcome =
      span.to - span.from === 1
        ? await runBatch({ runId, runWorkflowId, batches, batch: span.from })
        : await partitions.run(span);
    this.#waiting = null;
    this.#tell();
    return outcome;
  }

  /** Children of this workflow that run side by side. */
  #children(): number {
    const isPartitioned = (this.#fanOut?.unit ?? 1) > 1;
    return isPartitioned ? Math.min(PARTITIONS_AT_A_TIME, this.window) : this.window;
  }

  async #setWindow(next: number): Promise<number> {
    this.window = next;
    await this.#passOn();
    return next;
  }

  async #setPaused(reason: string | null): Promise<void> {
    this.paused = reason;
    await this.#passOn();
  }

  async #passOn(): Promise<void> {
    const fanOut = this.#fanOut;
    if (fanOut !== null) fanOut.state = { ...fanOut.state, window: this.#children(), paused: this.paused };
    this.#tell();
    await this.#partitions?.tell();
  }

  #retryFailed(): readonly number[] {
    const again = this.#fanOut?.retryFailed() ?? [];
    this.#tell();
    return again;
  }

  /** Looks at a steady beat, not after each batch, and not while it is paused: a timer costs events of history. */
  async #watchQueue(): Promise<void> {
    const taskQueue = profilesQueue(workflowInfo().taskQueue);
    const ended = (): number => (this.#fanOut?.state.done ?? 0) + (this.#fanOut?.state.failed.length ?? 0);
    let before = 0;
    let lookMs = FIRST_LOOK_MS;
    try {
      for (;;) {
        await sleep(lookMs);
        const isStuck = ended() === before && this.paused === null;
        before = ended();
        lookMs = isStuck ? Math.min(lookMs * 2, LAST_LOOK_MS) : FIRST_LOOK_MS;
        if (isStuck) await this.#look(taskQueue);
        else await condition(() => this.paused === null);
      }
    } catch (error) {
      if (!isCancellation(error)) throw error;
    }
  }

  async #look(taskQueue: string): Promise<void> {
    this.#waiting = (await hasWorkers({ taskQueue }))
      ? null
      : `no worker polls the task queue "${taskQueue}": start one with \`strata up\` or \`npm run worker\``;
    this.#tell();
  }

  #progress(): RunProgress {
    const state = this.#fanOut?.state;
    return {
      runId: this.#named.runId,
      slot: this.#named.slot,
      mode: this.#named.mode,
      state: this.#state,
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
