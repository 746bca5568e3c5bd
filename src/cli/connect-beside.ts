import { Client, Connection, defaultGrpcRetryOptions, makeGrpcRetryInterceptor } from '@temporalio/client';
import type { Temporal } from '../temporal-server/connect.ts';

/** About half a minute in all: a server that ended under `strata up` is back in seconds. */
const ATTEMPTS = 30;
const LONGEST_PAUSE_MS = 1_000;

/**
 * A client of the server that another process keeps, which tries a call again only until `over` is aborted. Then its
 * connection is left to end by itself: a call that were tried again on a closed one would take this process down.
 */
export async function connectBeside(
  { connectionOptions, namespace }: Pick<Temporal, 'connectionOptions' | 'namespace'>,
  over: AbortSignal,
): Promise<Client> {
  const usual = defaultGrpcRetryOptions({ maxAttempts: ATTEMPTS, maxIntervalMs: () => LONGEST_PAUSE_MS });
  const retry = makeGrpcRetryInterceptor({
    ...usual,
    retryableDecider: (attempt, status) => !over.aborted && usual.retryableDecider(attempt, status),
  });
  const connection = await Connection.connect({ ...connectionOptions, interceptors: [retry] });
  return new Client({ connection, namespace });
}
