import { Connection } from '@temporalio/client';
import type { ClientConnectConfig } from '@temporalio/envconfig';
import { TemporalUnreachable, UserError } from '../domain/errors.ts';
import { grpcAnswer } from './grpc-answer.ts';
import { openConnection } from './open-connection.ts';

/** A connection over an ocean takes a tenth of it; grpc itself would go on trying whatever the network says. */
const CONNECT_WITHIN_MS = 4_000;
/** What keeps the way closed was met before, so it is answered at once, but by a server that says nothing. */
const EXPLAIN_WITHIN_MS = 1_000;

export interface Target {
  readonly address: string;
  readonly namespace: string;
  readonly connectionOptions: ClientConnectConfig['connectionOptions'];
  /** What to do about an address that is the wrong one. */
  readonly advice: string;
}

/**
 * A connection to a server that runs already and has the namespace. Throws a TemporalUnreachable where none can be
 * made, and a UserError where somebody answers and is no Temporal server, or not for us, or without the namespace.
 */
export async function connectExisting(target: Target): Promise<Connection> {
  const connection = openLazily(target);
  try {
    await connection.ensureConnected().catch(async (error: unknown) => {
      throw toRefusal(error, target) ?? (await toUnreachable(error, target));
    });
    await describeNamespace(connection, target);
    return connection;
  } catch (error) {
    await connection.close();
    throw error;
  }
}

/** Options that nobody could connect with are refused here, before anything is tried. */
function openLazily({ address, connectionOptions, advice }: Target): Connection {
  try {
    return openConnection({ ...connectionOptions, connectTimeout: CONNECT_WITHIN_MS });
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new UserError(`no connection to ${address} can be made: ${reason}. ${advice}`, { cause: error });
  }
}

async function describeNamespace(connection: Connection, target: Target): Promise<void> {
  try {
    await connection.workflowService.describeNamespace({ namespace: target.namespace });
  } catch (error) {
    // Whoever may not describe a namespace may still use it, so that is no answer.
    if (grpcAnswer(error)?.status === 'PERMISSION_DENIED') return;
    const refusal = toRefusal(error, target);
    if (refusal !== null) throw refusal;
  }
}

function toRefusal(error: unknown, { address, namespace, advice }: Target): UserError | null {
  const answer = grpcAnswer(error);
  const because = (problem: string): UserError => new UserError(problem, { cause: error });
  if (answer?.status === 'NOT_FOUND')
    return because(
      `the Temporal server at ${address} has no namespace ${namespace}: set TEMPORAL_NAMESPACE, or create it with ` +
        `\`temporal operator namespace create -n ${namespace}\``,
    );
  if (answer?.status === 'UNIMPLEMENTED')
    return because(`what answers at ${address} is no Temporal server (${answer.details}). ${advice}`);
  if (answer?.status === 'UNAUTHENTICATED' || answer?.status === 'PERMISSION_DENIED')
    return because(
      `the Temporal server at ${address} refuses our credentials (${answer.details}): check TEMPORAL_API_KEY and TEMPORAL_TLS_*`,
    );
  return null;
}

async function toUnreachable(
  error: unknown,
  { address, connectionOptions, advice }: Target,
): Promise<TemporalUnreachable> {
  const reason = await whyClosed(connectionOptions);
  return new TemporalUnreachable(
    reason === null || OF_THE_NETWORK.test(reason)
      ? `no Temporal server answers at ${address} (${reason ?? `tried for ${CONNECT_WITHIN_MS / 1000} s`}). ${advice}`
      : `what answers at ${address} does not take our connection (${reason}): TLS is for both sides or for none, so check TEMPORAL_TLS and TEMPORAL_TLS_*. ${advice}`,
    { cause: error },
  );
}

const OF_THE_NETWORK = /ECONNREFUSED|EHOSTUNREACH|ENETUNREACH|ETIMEDOUT|Name resolution failed/;

/** Waiting for a connection tells nothing but that there was none; a call that is not repeated tells why. */
async function whyClosed(connectionOptions: Target['connectionOptions']): Promise<string | null> {
  // Shared with the connection that failed, a way that is closed would not be tried again, nor its failure be known.
  const channelArgs = { 'grpc.use_local_subchannel_pool': 1 };
  const connection = Connection.lazy({ ...connectionOptions, channelArgs, interceptors: [] });
  try {
    await connection.withDeadline(Date.now() + EXPLAIN_WITHIN_MS, () =>
      connection.workflowService.getSystemInfo({}),
    );
    return null;
  } catch (error) {
    const answer = grpcAnswer(error);
    return answer?.status === 'UNAVAILABLE' ? toReason(answer.details) : null;
  } finally {
    await connection.close();
  }
}

/** Of grpc's sentence what the socket, TLS or the resolver has said; it says only when of a connection that was closed. */
function toReason(details: string): string {
  const [, said = details] =
    /Last error: (?:Error(?: \[\w+\])?: )?([^]*?)(?:\. Resolution note:[^]*)?$/.exec(details) ?? [];
  const [, tls] = /SSL routines:\w*:([^:]+)/.exec(said) ?? [];
  if (tls !== undefined) return `TLS: ${tls}`;
  return said.startsWith('Failed to connect') ? 'it closed the connection' : said.trim();
}
