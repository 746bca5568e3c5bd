import { Client, defaultGrpcRetryOptions } from '@temporalio/client';
import type { Temporal } from '../temporal-server/connect.ts';
import { connect } from '../temporal-server/open-connection.ts';

/** About half a minute in all: a server that ended under `strata up` is back in seconds. */
const ATTEMPTS = 30;
const LONGEST_PAUSE_MS = 1_000;

/** A client of the server that another process keeps, which tries a call again only until `over` is aborted. */
export async function connectBeside(
  { connectionOptions, namespace }: Pick<Temporal, 'connectionOptions' | 'namespace'>,
  over: AbortSignal,
): Promise<Client> {
  const usual = defaultGrpcRetryOptions({ maxAttempts: ATTEMPTS });
  const connection = await connect(connectionOptions, {
    ...usual,
    // Bounded here, as the SDK forgets `maxIntervalMs`.
    delayFunction: (attempt, status) => Math.min(LONGEST_PAUSE_MS, usual.delayFunction(attempt, status)),
    retryableDecider: (attempt, status) => !over.aborted && usual.retryableDecider(attempt, status),
  });
  return new Client({ connection, namespace });
}
