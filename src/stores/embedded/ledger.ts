import type { DuckDBConnection } from '@duckdb/node-api';
import type { SetAsideProfile } from '../../domain/profile.ts';
import type { BatchRecord, MembershipChange, RunRecord } from '../../domain/run.ts';
import type { Database } from './database.ts';
import {
  finishBatch,
  readBatch,
  readBatches,
  readSetAside,
  recordSetAside,
  type BatchOutcome,
} from './ledger-batches.ts';
import { countChanges, readChanges, type ChangesQuery, type ValueChanges } from './ledger-changes.ts';
import { publishDefinitions, readDefinitions, type DefinitionSet } from './ledger-definitions.ts';
import { claimFiring, type Firing } from './ledger-firings.ts';
import { pauseSegment, readPausedSegments, resumeSegment, type PausedSegment } from './ledger-pauses.ts';
import {
  beginRun,
  finishRun,
  readRun,
  readRuns,
  type FinishedRun,
  type NewRun,
  type PlannedBatch,
} from './ledger-runs.ts';

/** The system of record in the embedded database; the port of the activities. */
export interface EmbeddedLedger {
  publishDefinitions(set: DefinitionSet): Promise<void>;
  readDefinitions(hash: string | null): Promise<DefinitionSet | null>;
  beginRun(run: NewRun, batches: readonly PlannedBatch[]): Promise<readonly string[]>;
  readBatch(runId: string, batch: number): Promise<BatchRecord | null>;
  finishBatch(runId: string, batch: number, outcome: BatchOutcome): Promise<void>;
  readBatches(runId: string): Promise<readonly BatchRecord[]>;
  finishRun(run: FinishedRun): Promise<void>;
  readRun(runId: string): Promise<RunRecord | null>;
  readRuns(options: { readonly limit: number }): Promise<readonly RunRecord[]>;
  recordSetAside(runId: string, profiles: readonly SetAsideProfile[]): Promise<void>;
  readSetAside(runId: string, limit: number): Promise<readonly SetAsideProfile[]>;
  countChanges(runId: string): Promise<readonly ValueChanges[]>;
  readChanges(query: ChangesQuery): Promise<readonly MembershipChange[]>;
  pauseSegment(pause: PausedSegment): Promise<void>;
  resumeSegment(segmentId: string): Promise<boolean>;
  readPausedSegments(): Promise<readonly PausedSegment[]>;
  claimFiring(firing: Firing): Promise<boolean>;
}

export function createLedger(database: Database): EmbeddedLedger {
  const read = <T>(query: (connection: DuckDBConnection) => Promise<T>) => database.read(query);
  const write = <T>(change: (connection: DuckDBConnection) => Promise<T>) => database.write(change);
  return {
    publishDefinitions: (set) => write((connection) => publishDefinitions(connection, set)),
    readDefinitions: (hash) => read((connection) => readDefinitions(connection, hash)),
    beginRun: (run, batches) => write((connection) => beginRun(connection, run, batches)),
    readBatch: (runId, batch) => read((connection) => readBatch(connection, runId, batch)),
    finishBatch: (runId, batch, outcome) =>
      write((connection) => finishBatch(connection, runId, batch, outcome)),
    readBatches: (runId) => read((connection) => readBatches(connection, runId)),
    finishRun: (run) => write((connection) => finishRun(connection, run)),
    readRun: (runId) => read((connection) => readRun(connection, runId)),
    readRuns: ({ limit }) => read((connection) => readRuns(connection, limit)),
    recordSetAside: (runId, profiles) => write((connection) => recordSetAside(connection, runId, profiles)),
    readSetAside: (runId, limit) => read((connection) => readSetAside(connection, runId, limit)),
    countChanges: (runId) => read((connection) => countChanges(connection, database.values, runId)),
    readChanges: (query) => read((connection) => readChanges(connection, database.values, query)),
    pauseSegment: (pause) => write((connection) => pauseSegment(connection, pause)),
    resumeSegment: (segmentId) => write((connection) => resumeSegment(connection, segmentId)),
    readPausedSegments: () => read((connection) => readPausedSegments(connection)),
    claimFiring: (firing) => write((connection) => claimFiring(connection, firing)),
  };
}
