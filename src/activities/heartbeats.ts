import { heartbeat } from '@temporalio/activity';

/** A third of the heartbeat timeout of the activities that use it. */
const BEAT_MS = 3_000;

/** Heartbeats while one long call is under way, so that a lost worker is noticed in seconds and not at its end. */
export async function withHeartbeats<T>(work: () => Promise<T>): Promise<T> {
  const beating = setInterval(() => heartbeat(), BEAT_MS);
  try {
    return await work();
  } finally {
    clearInterval(beating);
  }
}
