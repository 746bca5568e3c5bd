import { setTimeout as delay } from 'node:timers/promises';
import type { Client } from '@temporalio/client';
import type { Comparison, Disturbed } from './disturbed-run.ts';
import { batchInHand, type BatchWanted } from './in-hand.ts';
import { createSeeded } from './seeded.ts';

interface WorkerKills {
  /** Each in a batch further on in the run. */
  readonly kills: readonly BatchWanted[];
  /** A kill comes at a random moment up to this long after its batch is seen in hand. */
  readonly latestMs: number;
}

/**
 * The next run, with its worker process killed with -9 inside batches and started again each time. A kill that
 * came too late for its batch is tried again in a later one.
 */
export async function runWithKills(
  disturbed: Disturbed,
  client: Client,
  { kills, latestMs }: WorkerKills,
): Promise<Comparison> {
  const random = createSeeded();
  const { start, compare } = await disturbed.nextRun();
  let worker = await disturbed.startWorker();
  const run = await start(worker);

  const interrupted: string[] = [];
  for (let next = kills[0]; next !== undefined; next = kills[interrupted.length]) {
    const inHand = await batchInHand(client, run, worker.pid, next);
    const afterMs = random.below(latestMs);
    await delay(afterMs);
    await worker.kill();
    if (await inHand.isOpen())
      interrupted.push(`batch ${inHand.batch}, attempt ${inHand.attempt}, ${afterMs} ms after it was seen`);
    worker = await disturbed.startWorker();
  }
  await run.result();
  await worker.stop();

  const compared = await compare(run.runId);
  console.log(
    `[faults] worker killed in ${interrupted.join('; ')}: ${compared.record.totals?.replayed} of ${compared.changedProfiles} changed profiles were met again`,
  );
  return compared;
}
