import type { Role } from '../workers/roles.ts';
import { endAll } from '../workers/end-all.ts';
import type { StrataRuntime } from '../workers/runtime.ts';
import type { Context } from './context.ts';
import { listenForInterruption, type Interruption } from './interruption.ts';

/** A runtime that this process has started, for as long as a piece of work takes. */
export interface OwnRuntime {
  readonly runtime: StrataRuntime;
  readonly interruption: Interruption;
  /** What is begun during the work and ends with it: last begun, first ended. */
  readonly atEnd: (step: () => Promise<void>) => void;
}

export interface OwnRuntimeOptions {
  /** It is meant to run until somebody stops it, so its end is worth saying. */
  readonly stays: boolean;
  /** All of them when left out. */
  readonly roles?: readonly Role[];
  /** Whether a profile index that is not there is made. */
  readonly makesIndex?: boolean;
}

/** Starts stores, server and workers, does the work, and ends all of it, however the work has ended. */
export async function withOwnRuntime<T>(
  context: Context,
  { stays, roles, makesIndex = false }: OwnRuntimeOptions,
  work: (own: OwnRuntime) => Promise<T>,
): Promise<T> {
  const interruption = listenForInterruption();
  const { startRuntime } = await import('../workers/runtime.ts');
  interruption.signal.throwIfAborted();
  const runtime = await startRuntime({
    ...context,
    ...(roles === undefined ? {} : { roles }),
    makesIndex,
    signal: interruption.signal,
  });
  const undo: (() => Promise<void>)[] = [() => runtime.stop()];
  try {
    return await work({ runtime, interruption, atEnd: (step) => void undo.push(step) });
  } finally {
    if (stays) context.report('stopping: batches under way finish their page …');
    await endAll(undo);
    if (stays) context.report('stopped; everything is in the data folder');
  }
}
