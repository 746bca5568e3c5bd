/**
 * The sliding window. Up to `window` children run at a time and the next starts when one ends. A child that
 * fails becomes a number in `failed`, never a lost exception. When the workflow is to continue as new, the
 * window drains (a parent that continues as new would kill its children), and the state goes on in the next
 * run: a cursor over spans of batches, a few bytes however many batches there are.
 */
import { condition, isCancellation } from '@temporalio/workflow';
import type { BatchSpan } from '../domain/batches.ts';

/** Carried from run to run. */
export interface FanOutState {
  /** What is still to start, in order. */
  readonly todo: readonly BatchSpan[];
  readonly window: number;
  readonly paused: string | null;
  readonly done: number;
  readonly passed: number;
  readonly changed: number;
  readonly setAside: number;
  readonly failed: readonly number[];
  /** Of the batches that finished, how many wrote nothing because a newer slot had begun. */
  readonly superseded: number;
}

export function startState(todo: readonly BatchSpan[], window: number): FanOutState {
  return {
    todo,
    window,
    paused: null,
    done: 0,
    passed: 0,
    changed: 0,
    setAside: 0,
    failed: [],
    superseded: 0,
  };
}

/** What one unit of work, a batch or a partition of many, has to tell. */
export type Outcome = Pick<FanOutState, 'done' | 'passed' | 'changed' | 'setAside' | 'failed' | 'superseded'>;

export interface FanOutOptions {
  /** How many batches one child takes. */
  readonly unit: number;
  /** Whether this workflow starts nothing more and goes on in a next run of itself. */
  readonly isToContinue: () => boolean;
}

export class FanOut {
  state: FanOutState;
  active = 0;
  readonly unit: number;
  readonly #isToContinue: () => boolean;

  constructor(state: FanOutState, { unit, isToContinue }: FanOutOptions) {
    this.state = state;
    this.unit = unit;
    this.#isToContinue = isToContinue;
  }

  /** Ends when all is done, or drained for a continue-as-new: then `state.todo` is not empty. */
  async run(startChild: (span: BatchSpan) => Promise<Outcome>): Promise<void> {
    const children = new Set<Promise<void>>();
    let cancelled: unknown = null;
    const track = async (span: BatchSpan): Promise<void> => {
      try {
        this.#add(await startChild(span));
      } catch (error) {
        if (!isCancellation(error)) throw error;
        cancelled = error;
      } finally {
        this.active -= 1;
      }
    };
    for (;;) {
      try {
        await condition(() => this.#mayStart() || this.#isDrained());
      } catch (error) {
        // Of the run itself: its children end first, or its numbers would miss what they still write.
        if (!isCancellation(error)) throw error;
        cancelled = error;
      }
      if (cancelled !== null || this.#isDrained()) break;
      // What let it start may have changed since: an update is handled between two steps of this loop.
      if (!this.#mayStart()) continue;
      this.active += 1;
      const child = track(this.#take());
      children.add(child);
      // One that failed stays, so that its error is met below and never lost.
      child.then(
        () => children.delete(child),
        () => undefined,
      );
    }
    await Promise.all(children);
    if (cancelled !== null) throw cancelled;
  }

  /** Children that are still to be started. */
  get toStart(): number {
    return this.state.todo.reduce((sum, { from, to }) => sum + Math.ceil((to - from) / this.unit), 0);
  }

  /** Puts failed batches back in line; answers which. */
  retryFailed(): readonly number[] {
    const { failed } = this.state;
    const again = failed.map((batch) => ({ from: batch, to: batch + 1 }));
    this.state = { ...this.state, failed: [], todo: [...this.state.todo, ...again] };
    return failed;
  }

  #mayStart(): boolean {
    const { paused, window, todo } = this.state;
    return paused === null && todo.length > 0 && this.active < window && !this.#isToContinue();
  }

  /** Nothing runs, and nothing more is to start in this run of the workflow. */
  #isDrained(): boolean {
    return this.active === 0 && (this.state.todo.length === 0 || this.#isToContinue());
  }

  #take(): BatchSpan {
    const [first, ...rest] = this.state.todo;
    if (first === undefined) throw new Error('took a batch where none was left');
    const span = { from: first.from, to: Math.min(first.from + this.unit, first.to) };
    const todo = span.to < first.to ? [{ from: span.to, to: first.to }, ...rest] : rest;
    this.state = { ...this.state, todo };
    return span;
  }

  #add(outcome: Outcome): void {
    const { state } = this;
    this.state = {
      ...state,
      done: state.done + outcome.done,
      passed: state.passed + outcome.passed,
      changed: state.changed + outcome.changed,
      setAside: state.setAside + outcome.setAside,
      superseded: state.superseded + outcome.superseded,
      failed: [...state.failed, ...outcome.failed],
    };
  }
}
