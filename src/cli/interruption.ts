import type { StrataRuntime } from '../workers/runtime.ts';

/** Asked to stop before the work was done. */
export class Interrupted extends Error {
  override readonly name = 'Interrupted';
}

export interface Interruption {
  /** Aborted, with an `Interrupted`, by the first SIGINT or SIGTERM. */
  readonly signal: AbortSignal;
  /** Settles at the first SIGINT or SIGTERM. */
  readonly asked: Promise<void>;
}

/** The code a shell gives a program that Ctrl-C has ended. */
const SIGNALLED = 130;

/** From here on the first SIGINT or SIGTERM asks for an orderly end; a second one ends the process at once. */
export function listenForInterruption(): Interruption {
  const controller = new AbortController();
  const { signal } = controller;
  const asked = new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve()));
  const onSignal = (): void => {
    if (signal.aborted) process.exit(SIGNALLED);
    controller.abort(new Interrupted('interrupted; what is unfinished goes on at the next start'));
  };
  process.on('SIGINT', onSignal);
  process.on('SIGTERM', onSignal);
  return { signal, asked };
}

/**
 * Does work that is told to give up when a person asks for it, or when the process can no longer do it. Ends
 * only when the work has: what it works with is closed next.
 */
export async function supervise<T>(
  runtime: StrataRuntime,
  interruption: Interruption,
  work: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const over = new AbortController();
  void interruption.asked.then(() => over.abort(interruption.signal.reason));
  whenBroken(runtime).catch((reason: unknown) => over.abort(reason));
  try {
    return await work(over.signal);
  } catch (error) {
    over.signal.throwIfAborted();
    throw error;
  }
}

/** Rejects when the process can no longer do its work: a worker ended by itself, or the server is gone for good. */
export function whenBroken({ ended, temporal }: StrataRuntime): Promise<never> {
  return Promise.race([
    ended.then(() => Promise.reject(new Error('the workers ended by themselves'))),
    temporal.lost.then((error) => Promise.reject(error)),
  ]);
}
