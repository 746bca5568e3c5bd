import { setTimeout as delay } from 'node:timers/promises';
import type { Client } from '@temporalio/client';
import type { Comparison, Disturbed } from './disturbed-run.ts';
import { batchInHand } from './in-hand.ts';
import { createSeeded } from './seeded.ts';

interface WorkerKills {
  /** How many kills must each interrupt a batch; one that came too late for its batch is tried again. */
  readonly kills: number;
  /** A kill comes at a random moment up to this long after a batch is seen in hand. */
  readonly latestMs: number;
  /** Of the test: one that has run out of time must not start another worker beside the next test's. */
  readonly signal: AbortSignal;
}

/** All batches: those of a killed worker wait for their heartbeat timeout, and its successor takes others meanwhile. */
const WINDOW = 50;

/**
 * The next run, with its worker process killed with -9 inside batches and started again each time. Every other kill
 * comes in a batch that has written pages, so that there is work to repeat.
 */
export async function runWithKills(
  disturbed: Disturbed,
  client: Client,
  { kills, latestMs, signal }: WorkerKills,
): Promise<Comparison> {
  const random = createSeeded();
  const { start, compare } = await disturbed.nextRun();
  let worker = await disturbed.startWorker();
  const run = await start(worker, WINDOW);

  const interrupted: string[] = [];
  let tooLate = 0;
  while (interrupted.length < kills) {
    const written = interrupted.length % 2 === 1;
    const inHand = await batchInHand(client, run, worker.pid, { from: 0, written });
    const afterMs = random.below(latestMs);
    await delay(afterMs);
    await worker.kill();
    if (await inHand.isOpen())
      interrupted.push(`batch ${inHand.batch}, attempt ${inHand.attempt}, ${afterMs} ms after it was seen`);
    else tooLate += 1;
    signal.throwIfAborted();
    worker = await disturbed.startWorker();
  }
  await run.result();
  await worker.stop();

  const compared = await compare(run.runId);
  console.log(
    `[faults] worker killed in ${interrupted.join('; ')}, and too late for its batch ${tooLate} times: ${compared.record.totals?.replayed} of ${compared.changedProfiles} changed profiles were met again`,
  );
  return compared;
}
