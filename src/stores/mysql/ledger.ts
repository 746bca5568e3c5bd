import type { Ledger } from '../../activities/ledger.ts';
import type { MysqlDatabase } from './database.ts';
import { newerFences, newestFence } from './fences.ts';
import { finishBatch, readBatch, readBatches, readSetAside, recordSetAside } from './ledger-batches.ts';
import { countChanges, countWritten, readChanges } from './ledger-changes.ts';
import { publishDefinitions, readDefinitions } from './ledger-definitions.ts';
import { claimFiring } from './ledger-firings.ts';
import { pauseSegment, readPausedSegments, resumeSegment } from './ledger-pauses.ts';
import { beginRun, finishRun, readOpenRuns, readRun, readRuns } from './ledger-runs.ts';
import { trimLog } from './trim-log.ts';

/**
 * The system of record that any number of processes share; the port of the activities. Days of 0 keep the log for
 * good; else each run's end trims it.
 */
export function createLedger(
  database: MysqlDatabase,
  { logRetentionDays }: { readonly logRetentionDays: number },
): Ledger {
  const { run, runOnce, transact } = database;
  return {
    publishDefinitions: (set) => transact((db) => publishDefinitions(db, set)),
    readDefinitions: (hash) => run((db) => readDefinitions(db, hash)),
    beginRun: (newRun, batches) => beginRun(database, newRun, batches),
    readOvertaken: (segmentIds, slot) => run((db) => newerFences(db, segmentIds, slot)),
    readNewestSlot: (segmentIds) => run((db) => newestFence(db, segmentIds)),
    readBatch: (runId, batch) => run((db) => readBatch(db, runId, batch)),
    finishBatch: (runId, batch, outcome) => run((db) => finishBatch(db, runId, batch, outcome)),
    readBatches: (runId) => run((db) => readBatches(db, runId)),
    finishRun: async (finished) => {
      await run((db) => finishRun(db, finished));
      if (logRetentionDays > 0) await trimLog(database, logRetentionDays);
    },
    readRun: (runId) => run((db) => readRun(db, runId)),
    readRuns: ({ limit }) => run((db) => readRuns(db, limit)),
    readOpenRuns: () => run((db) => readOpenRuns(db)),
    recordSetAside: (runId, profiles) => transact((db) => recordSetAside(db, runId, profiles)),
    readSetAside: (runId, limit) => run((db) => readSetAside(db, runId, limit)),
    countChanges: (runId) => countChanges(database, runId),
    countWritten: (runId) => countWritten(database, runId),
    readChanges: (query) => readChanges(database, query),
    pauseSegment: (pause) => run((db) => pauseSegment(db, pause)),
    // Run again, it would say that the segment was not paused.
    resumeSegment: (segmentId) => runOnce((db) => resumeSegment(db, segmentId)),
    readPausedSegments: () => run((db) => readPausedSegments(db)),
    claimFiring: (firing) => run((db) => claimFiring(db, firing)),
  };
}
