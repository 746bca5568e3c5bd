import {
  Connection,
  defaultGrpcRetryOptions,
  makeGrpcRetryInterceptor,
  type ConnectionOptions,
  type GrpcRetryOptions,
} from '@temporalio/client';

/**
 * A connection whose `close` ends its calls first: what waits for an answer is answered UNAVAILABLE, and what waits
 * to be tried again is waited for. The SDK tries again from a timer, also on a closed connection, and there it would
 * take the process down.
 */
export function openConnection(
  options: ConnectionOptions,
  retries: GrpcRetryOptions = defaultGrpcRetryOptions(),
): Connection {
  const calls = createCalls(retries);
  const connection = Connection.lazy({ ...options, interceptors: [calls.intercept] });
  const close = connection.close.bind(connection);
  connection.close = async () => {
    await calls.end();
    await close();
  };
  return connection;
}

/** Waits until the server answers; what cannot be connected is closed. */
export async function connect(options: ConnectionOptions, retries?: GrpcRetryOptions): Promise<Connection> {
  const connection = openConnection(options, retries);
  try {
    await connection.ensureConnected();
    return connection;
  } catch (error) {
    await connection.close();
    throw error;
  }
}

type Interceptor = ReturnType<typeof makeGrpcRetryInterceptor>;
type Attempt = ReturnType<Parameters<Interceptor>[1]>;

interface Calls {
  readonly intercept: Interceptor;
  /** From then on no call is tried again; settles when the last one has its answer. */
  end(): Promise<void>;
}

function createCalls(retries: GrpcRetryOptions): Calls {
  const lastAttempts = new Map<symbol, Attempt>();
  let isEnding = false;
  let onAllEnded = (): void => undefined;
  const allEnded = new Promise<void>((resolve) => (onAllEnded = resolve));

  const intercept: Interceptor = (options, nextCall) => {
    const call = Symbol('call');
    const retry = makeGrpcRetryInterceptor({
      ...retries,
      // Asked once at the end of each attempt, also of one that succeeded.
      retryableDecider: (count, status) => {
        if (!isEnding && retries.retryableDecider(count, status)) return true;
        lastAttempts.delete(call);
        if (isEnding && lastAttempts.size === 0) onAllEnded();
        return false;
      },
    });
    return retry(options, (given) => {
      const attempt = nextCall(given);
      lastAttempts.set(call, attempt);
      // Only what has been started can be given up, which it is as soon as it is handed over.
      if (isEnding) queueMicrotask(() => giveUp(attempt));
      return attempt;
    });
  };

  async function end(): Promise<void> {
    isEnding = true;
    if (lastAttempts.size === 0) onAllEnded();
    for (const attempt of lastAttempts.values()) giveUp(attempt);
    await allEnded;
  }

  return { intercept, end };
}

const UNAVAILABLE = 14;

/** Does nothing to an attempt that has ended. */
function giveUp(attempt: Attempt): void {
  attempt.cancelWithStatus(UNAVAILABLE, 'the connection is being closed');
}
