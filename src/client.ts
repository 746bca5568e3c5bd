import { Client } from '@temporalio/client';
import { loadClientConnectConfig } from '@temporalio/envconfig';
import { createHttpOperations } from './api/http-operations.ts';
import type { Operations } from './api/operations.ts';
import { createRunControl, type RunControl } from './run-control.ts';
import { connectExisting } from './temporal-server/connect-existing.ts';

export type { MembershipChange, RunMode, RunRecord, RunState, SegmentNumbers } from './domain/run.ts';
export type { ChangesPage, Membership, Operations, SegmentSummary } from './api/operations.ts';
export type { RunHandle, StartRun } from './run-control.ts';
export type { RunOutcome } from './activities/finish-run.ts';
export type { RunProgress } from './workflows/messages.ts';
export {
  ApiUnreachable,
  InvalidSegment,
  ProfileNotFound,
  RunCancelled,
  RunFailed,
  RunNotFound,
  SegmentNotFound,
  TemporalUnreachable,
  UserError,
} from './domain/errors.ts';

/** Control goes through Temporal; reads through the API of the process that owns the stores. */
export interface StrataClient extends Operations, RunControl {
  close(): Promise<void>;
}

export interface ConnectOptions {
  /** `STRATA_ENV` of the workers. */
  readonly environment?: string;
  /** Where `strata up` or `npm run worker` serves its API. */
  readonly apiUrl?: string;
  /** An existing Temporal client; without it one is made from TEMPORAL_ADDRESS and its like. */
  readonly temporal?: Client;
}

/**
 * Connects to Temporal as its own variables say, and to the API at `apiUrl`. Throws a TemporalUnreachable where no
 * connection can be made, and a UserError where the server that answers cannot be used, with what to mend.
 */
export async function connectStrata(options: ConnectOptions = {}): Promise<StrataClient> {
  if (options.temporal !== undefined)
    return createStrataClient(options.temporal, options, async () => undefined);
  const { connectionOptions, namespace = 'default' } = loadClientConnectConfig();
  const connection = await connectExisting({
    address: connectionOptions.address ?? 'localhost:7233',
    namespace,
    connectionOptions,
    advice: 'Start Strata, or check TEMPORAL_ADDRESS and the other TEMPORAL_ variables',
  });
  return createStrataClient(new Client({ connection, namespace }), options, () => connection.close());
}

function createStrataClient(
  client: Client,
  options: ConnectOptions,
  close: () => Promise<void>,
): StrataClient {
  const environment = options.environment ?? 'default';
  const operations = createHttpOperations(options.apiUrl ?? 'http://127.0.0.1:8070');
  return { ...operations, ...createRunControl(client, environment, operations), close };
}
