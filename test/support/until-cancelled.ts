import { heartbeat, sleep } from '@temporalio/activity';

/** A batch that never ends by itself. Heartbeats, as real ones do: that is how an activity hears of a cancel. */
export async function untilCancelled(): Promise<never> {
  for (;;) {
    heartbeat();
    await sleep(100);
  }
}
