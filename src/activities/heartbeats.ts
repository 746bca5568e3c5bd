import { heartbeat } from '@temporalio/activity';

/** A third of the heartbeat timeout of the activities that use it. */
const BEAT_MS = 3_000;

/**
 * Heartbeats while a long call is under way, so that a lost worker is noticed in seconds and not at its end.
 * The last beat's details are what a retry finds: an activity with a checkpoint has to repeat it here.
 */
export async function withHeartbeats<T>(
  work: () => Promise<T>,
  details: () => unknown = () => undefined,
): Promise<T> {
  const beating = setInterval(() => heartbeat(details()), BEAT_MS);
  try {
    return await work();
  } finally {
    clearInterval(beating);
  }
}
