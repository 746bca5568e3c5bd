import { defineQuery, defineSignal, defineUpdate } from '@temporalio/workflow';
import type { RunMode, RunState } from '../domain/run.ts';

/** What a person or the CLI sees of an open run. */
export interface RunProgress {
  readonly runId: string;
  readonly slot: string;
  readonly mode: RunMode;
  readonly state: RunState;
  readonly segments: number;
  readonly leftOut: number;
  /** The reason given, or null when it runs. */
  readonly paused: string | null;
  readonly window: number;
  readonly profiles: number;
  /** Profiles that finished batches have passed. */
  readonly passed: number;
  readonly batches: number;
  readonly batchesDone: number;
  readonly failedBatches: readonly number[];
  /** Why nothing moves, when it is known: paused, or a task queue without workers. */
  readonly waiting: string | null;
}

export const progress = defineQuery<RunProgress>('progress');

export const pause = defineUpdate<void, [string]>('pause');
export const resume = defineUpdate<void>('resume');
/** How many batches run side by side; answers it, as it is from now on. */
export const setWindow = defineUpdate<number, [number]>('setWindow');
/** Puts failed batches of an open run back in line; answers which. */
export const retryFailed = defineUpdate<readonly number[]>('retryFailed');

/** Parent to partition: the same controls, passed on. */
export const control = defineSignal<[FanOutControl]>('control');

export interface FanOutControl {
  /** The reason given, or null when it runs. */
  readonly paused: string | null;
  readonly window: number;
}
