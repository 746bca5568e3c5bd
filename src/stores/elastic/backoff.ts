import { errors } from '@elastic/elasticsearch';

const FIRST_WAIT_MS = 500;
const LONGEST_WAIT_MS = 15_000;
/** Longer is for the next attempt of the activity, which can run elsewhere. */
const GIVE_UP_MS = 120_000;

/** Answers that say "later": too many requests, or a server or gateway that is away for the moment. */
const BUSY = new Set([429, 502, 503, 504]);

export function isBusy(error: unknown): boolean {
  if (error instanceof errors.ResponseError) return BUSY.has(error.statusCode ?? 0);
  return (
    error instanceof errors.ConnectionError ||
    error instanceof errors.TimeoutError ||
    error instanceof errors.NoLivingConnectionsError
  );
}

/**
 * Repeats what the server is too busy for, with waits of random length so that workers don't come back together.
 * Only for requests that may be repeated. `onBusy` hears of each refusal.
 */
export async function withBackoff<T>(
  request: () => Promise<T>,
  onBusy: () => void = () => undefined,
): Promise<T> {
  const startedAt = Date.now();
  for (let attempt = 0; ; attempt += 1) {
    try {
      return await request();
    } catch (error) {
      if (!isBusy(error) || Date.now() - startedAt > GIVE_UP_MS) throw error;
      onBusy();
      await waitFor(attempt);
    }
  }
}

/** Anything up to a bound that doubles with each attempt. */
export function waitFor(attempt: number): Promise<void> {
  const bound = Math.min(LONGEST_WAIT_MS, FIRST_WAIT_MS * 2 ** attempt);
  return new Promise((resolve) => setTimeout(resolve, Math.random() * bound));
}
