import { setTimeout as delay } from 'node:timers/promises';
import { isConnectionLost, isLockLost } from './errors.ts';

const LOCK_ATTEMPTS = 6;
const CONNECTION_ATTEMPTS = 3;
const FIRST_PAUSE_MS = 20;

/**
 * Runs work that may be run twice: again after a deadlock or a lock wait, and again on another connection after a
 * lost one. Temporal retries activities, but a deadlock is over in milliseconds, and reads for people have no retry.
 */
export async function retrying<T>(work: () => Promise<T>): Promise<T> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await work();
    } catch (error) {
      const attempts = isLockLost(error) ? LOCK_ATTEMPTS : isConnectionLost(error) ? CONNECTION_ATTEMPTS : 1;
      if (attempt >= attempts) throw error;
      // Jitter, so that two that met do not meet again.
      await delay(FIRST_PAUSE_MS * 2 ** attempt * (0.5 + Math.random()));
    }
  }
}
