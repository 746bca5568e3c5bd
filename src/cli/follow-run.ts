import { setTimeout as delay } from 'node:timers/promises';
import type { Client } from '@temporalio/client';
import { Presets, SingleBar } from 'cli-progress';
import type { Operations } from '../api/operations.ts';
import { RunCancelled, RunNotFound } from '../domain/errors.ts';
import type { RunRecord } from '../domain/run.ts';
import type { RunHandle } from '../run-control.ts';
import type { RunProgress } from '../workflows/messages.ts';
import { grpcAnswer, type GrpcStatus } from '../temporal-server/grpc-answer.ts';
import type { Context } from './context.ts';
import { Interrupted } from './interruption.ts';
import { missingWorker } from './missing-worker.ts';

const LOOK_EVERY_MS = 250;

/** A query is answered by a worker: one that takes this long has none. */
const ANSWER_WITHIN_MS = 3_000;

export interface Follower {
  readonly operations: Pick<Operations, 'run'>;
  readonly client: Client;
  readonly context: Context;
  /** Ends the waiting, not the run. */
  readonly signal: AbortSignal;
}

/**
 * Waits for a run with a bar on standard error, says why nothing moves when that is so, and answers its record: also
 * of one that is cancelled, unless that was before it had one; then it throws the RunCancelled.
 */
export async function followRun(run: RunHandle, follower: Follower): Promise<RunRecord> {
  try {
    await untilEnd(run, follower);
  } catch (error) {
    const record = error instanceof RunCancelled ? await readClosed(run, follower) : null;
    if (record === null) throw toInterruption(error, run) ?? error;
    return record;
  }
  return follower.operations.run(run.runId);
}

/** Of a server that is away, and of a call to it that was given up. */
const GONE: readonly GrpcStatus[] = ['UNAVAILABLE', 'CANCELLED', 'DEADLINE_EXCEEDED'];

/** The waiting has ended, and not the run. */
function toInterruption(error: unknown, { runId }: RunHandle): Interrupted | null {
  const answer = grpcAnswer(error);
  if (answer === null || !GONE.includes(answer.status)) return null;
  return new Interrupted(
    `The Temporal server has ended, and with it the waiting. The run goes on where it stood at the next start of Strata; \`strata runs ${runId}\` shows it.`,
    { cause: error },
  );
}

/** null where there is none, or where nobody has closed it, as of a run that is terminated. */
async function readClosed({ runId }: RunHandle, { operations }: Follower): Promise<RunRecord | null> {
  try {
    const record = await operations.run(runId);
    return record.endedAt === null ? null : record;
  } catch (error) {
    if (error instanceof RunNotFound) return null;
    throw error;
  }
}

async function untilEnd(run: RunHandle, { client, context, signal }: Follower): Promise<void> {
  signal.throwIfAborted();
  const watcher = new RunWatcher(run, client, context);
  const watching = watcher.watch();
  try {
    await client.withAbortSignal(signal, () => run.result());
    await watcher.showLast();
  } finally {
    watcher.ended = true;
    await watching;
    watcher.close();
  }
}

class RunWatcher {
  ended = false;
  #waiting: string | null = null;
  readonly #run: RunHandle;
  readonly #client: Client;
  readonly #context: Context;
  readonly #bar = new SingleBar(
    {
      format: '{bar} {percentage}% | {passed} profile reads | batch {batchesDone} of {batches}',
      stream: process.stderr,
      hideCursor: true,
    },
    Presets.shades_classic,
  );

  constructor(run: RunHandle, client: Client, context: Context) {
    this.#run = run;
    this.#client = client;
    this.#context = context;
  }

  async watch(): Promise<void> {
    while (!this.ended) {
      const progress = await this.#progress();
      if (this.ended) return;
      if (progress !== null) this.#show(progress);
      const waiting = progress === null ? await this.#whyNoAnswer() : progress.waiting;
      if (this.ended) return;
      this.#say(waiting);
      await delay(LOOK_EVERY_MS);
    }
  }

  async showLast(): Promise<void> {
    const last = await this.#progress();
    if (last !== null) this.#show(last);
  }

  close(): void {
    this.#bar.stop();
  }

  /** null where no worker answers: the bar is a courtesy, `result` reports what is really wrong. */
  async #progress(): Promise<RunProgress | null> {
    return inTime(this.#run.progress().catch(() => null));
  }

  async #whyNoAnswer(): Promise<string | null> {
    return (await inTime(missingWorker(this.#client, this.#context.config.STRATA_ENV))) ?? this.#waiting;
  }

  #say(waiting: string | null): void {
    if (waiting === this.#waiting) return;
    this.#waiting = waiting;
    if (waiting !== null) this.#context.report(`waiting: ${waiting}`);
  }

  #show({ batches, batchesDone, passed }: RunProgress): void {
    if (batches === 0) return;
    const payload = { batches, batchesDone, passed: passed.toLocaleString('en') };
    if (this.#bar.isActive) this.#bar.update(batchesDone, payload);
    else this.#bar.start(batches, batchesDone, payload);
  }
}

function inTime<T>(answer: Promise<T>): Promise<T | null> {
  return Promise.race([answer, delay(ANSWER_WITHIN_MS, null, { ref: false })]);
}
