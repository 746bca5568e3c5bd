import type { DuckDBConnection } from '@duckdb/node-api';
import type { Ledger } from '../../activities/ledger.ts';
import type { Database } from './database.ts';
import { newerFences, newestFence } from './fences.ts';
import { finishBatch, readBatch, readBatches, readSetAside, recordSetAside } from './ledger-batches.ts';
import { countChanges, countWritten, readChanges } from './ledger-changes.ts';
import { publishDefinitions, readDefinitions } from './ledger-definitions.ts';
import { claimFiring } from './ledger-firings.ts';
import { pauseSegment, readPausedSegments, resumeSegment } from './ledger-pauses.ts';
import { beginRun, finishRun, readOpenRuns, readRun, readRuns } from './ledger-runs.ts';

/** The port of the activities, on the embedded database. */
export function createLedger(database: Database): Ledger {
  const read = <T>(query: (connection: DuckDBConnection) => Promise<T>) => database.read(query);
  const write = <T>(change: (connection: DuckDBConnection) => Promise<T>) => database.write(change);
  return {
    publishDefinitions: (set) => write((connection) => publishDefinitions(connection, set)),
    readDefinitions: (hash) => read((connection) => readDefinitions(connection, hash)),
    beginRun: (run, batches) => write((connection) => beginRun(connection, run, batches)),
    readOvertaken: (segmentIds, slot) => read((connection) => newerFences(connection, segmentIds, slot)),
    readNewestSlot: (segmentIds) => read((connection) => newestFence(connection, segmentIds)),
    readBatch: (runId, batch) => read((connection) => readBatch(connection, runId, batch)),
    finishBatch: (runId, batch, outcome) =>
      write((connection) => finishBatch(connection, runId, batch, outcome)),
    readBatches: (runId) => read((connection) => readBatches(connection, runId)),
    finishRun: (run) => write((connection) => finishRun(connection, run)),
    readRun: (runId) => read((connection) => readRun(connection, runId)),
    readRuns: ({ limit }) => read((connection) => readRuns(connection, limit)),
    readOpenRuns: () => read((connection) => readOpenRuns(connection)),
    recordSetAside: (runId, profiles) => write((connection) => recordSetAside(connection, runId, profiles)),
    readSetAside: (runId, limit) => read((connection) => readSetAside(connection, runId, limit)),
    countChanges: (runId) => read((connection) => countChanges(connection, database.values, runId)),
    countWritten: (runId) => read((connection) => countWritten(connection, runId)),
    readChanges: (query) => read((connection) => readChanges(connection, database.values, query)),
    pauseSegment: (pause) => write((connection) => pauseSegment(connection, pause)),
    resumeSegment: (segmentId) => write((connection) => resumeSegment(connection, segmentId)),
    readPausedSegments: () => read((connection) => readPausedSegments(connection)),
    claimFiring: (firing) => write((connection) => claimFiring(connection, firing)),
  };
}
