/**
 * What does Temporal carry? A store that fakes 100 million profiles by arithmetic, 5,000 batches, nothing
 * else: batches per second, the largest history, and whether the worker's memory grows.
 *
 *   npm run bench -- orchestration [--batches 5000] [--json]
 */
import { parseArgs } from 'node:util';
import Table from 'cli-table3';
import { Client, Connection } from '@temporalio/client';
import { DefaultLogger, NativeConnection, Runtime } from '@temporalio/worker';
import type { Ledger, NewRun } from '../src/activities/ledger.ts';
import type { ProfileStore } from '../src/activities/profile-store.ts';
import { createRunControl } from '../src/run-control.ts';
import { toDateFields } from '../src/domain/condition/fields.ts';
import { RUNNING_SO_FAR, type BatchRecord, type RunRecord } from '../src/domain/run.ts';
import { createWorkers } from '../src/workers/create-workers.ts';
import { ROLES } from '../src/workers/roles.ts';
import { startBenchServer, watchMemory } from './support/server.ts';

const { values } = parseArgs({
  options: { batches: { type: 'string', default: '5000' }, json: { type: 'boolean', default: false } },
});
const BATCHES = Number(values.batches);
const PROFILES = 100_000_000;
const ENVIRONMENT = 'bench';
const WINDOW = 20;

const profiles: ProfileStore = {
  forms: { queries: false, valueLimit: null },
  queries: null,
  openScan: () => ({
    plan: async () => ({
      ranges: Array.from({ length: BATCHES }, (_, index) => String(index)),
      profiles: PROFILES,
      candidates: PROFILES,
    }),
    readPage: async () => ({ met: [], passed: PROFILES / BATCHES, next: null }),
    readProfiles: async () => [],
  }),
  writeChanges: async () => ({ kind: 'written', written: 0, conflicts: [], reverted: 0, refused: [] }),
  settleWrites: async () => undefined,
  releaseRanges: async () => undefined,
  countMembers: async (sets) => sets.map(() => 0),
  readMembers: async () => [],
  readProfile: async () => null,
  countProfiles: async () => PROFILES,
};

function memoryLedger(): Pick<
  Ledger,
  | 'beginRun'
  | 'readRun'
  | 'readBatch'
  | 'finishBatch'
  | 'readBatches'
  | 'finishRun'
  | 'readDefinitions'
  | 'countChanges'
> {
  let run: RunRecord | null = null;
  const batches: BatchRecord[] = [];
  return {
    readDefinitions: async () => ({
      hash: 'bench',
      author: 'bench',
      publishedAt: '2026-11-20T09:00:00Z',
      definitions: [
        {
          id: 'all',
          owner: '',
          file: 'all.yaml',
          content: 'id: all\nkind: live\ncondition: profile@active == TRUE\n',
        },
      ],
    }),
    beginRun: async (given: NewRun, planned) => {
      run = { ...given, ...RUNNING_SO_FAR };
      planned.forEach((each, batch) =>
        batches.push({ ...each, batch, state: 'pending', failure: null, tally: null }),
      );
      return [];
    },
    readRun: async () => run,
    readBatch: async (_, batch) => batches[batch] ?? null,
    finishBatch: async (_, batch, outcome) => {
      const before = batches[batch];
      if (before !== undefined)
        batches[batch] = {
          ...before,
          state: outcome.state,
          tally: outcome.state === 'done' ? outcome.tally : null,
        };
    },
    readBatches: async () => batches,
    finishRun: async (finished) => {
      if (run !== null) run = { ...run, ...finished };
    },
    countChanges: async () => [],
  };
}

Runtime.install({ logger: new DefaultLogger('ERROR') });
const server = await startBenchServer();
const connection = await Connection.connect(server.temporal.connectionOptions);
const native = await NativeConnection.connect(server.temporal.connectionOptions);
const client = new Client({ connection });
const ledger = {
  ...memoryLedger(),
  recordSetAside: async () => undefined,
  readRuns: async () => [],
  readOpenRuns: async () => [],
  readSetAside: async () => [],
  readChanges: async () => [],
  readOvertaken: async () => [],
  readNewestSlot: async () => null,
  countWritten: async () => 0,
  claimFiring: async () => true,
  pauseSegment: async () => undefined,
  resumeSegment: async () => false,
  readPausedSegments: async () => [],
  publishDefinitions: async () => undefined,
};
const workers = await createWorkers({
  connection: native,
  namespace: 'default',
  environment: ENVIRONMENT,
  identity: 'bench',
  roles: ROLES,
  limits: { batchesAtOnce: 2 },
  deps: {
    profiles,
    ledger,
    segmentsField: 'segments',
    dateFields: toDateFields([]),
    taskQueues: { isPolled: async () => true },
    runWorkflows: { endOf: async () => null },
    now: () => new Date(),
  },
});
const running = Promise.all(workers.map((worker) => worker.run()));

const memory = watchMemory();
const memoryAt: Record<string, number> = {};
const control = createRunControl(client, ENVIRONMENT, { run: () => Promise.reject(new Error('unused')) });
const started = performance.now();
const run = await control.startRun({ window: WINDOW });
const watch = setInterval(() => {
  void run.progress().then(
    ({ batchesDone }) => {
      const tenth = Math.floor((batchesDone / BATCHES) * 10) * 10;
      memoryAt[`${tenth} %`] ??= memory.now();
      process.stderr.write(`\r${batchesDone} of ${BATCHES} batches, ${memory.now()} MB`);
    },
    () => undefined,
  );
}, 2_000);
const outcome = await run.result();
const seconds = (performance.now() - started) / 1000;
clearInterval(watch);
memory.stop();
process.stderr.write('\n');

let largestHistory = 0;
let executions = 0;
for await (const execution of client.workflow.list({
  query: `WorkflowId STARTS_WITH '${ENVIRONMENT}/live/'`,
})) {
  executions += 1;
  largestHistory = Math.max(largestHistory, execution.historyLength);
}
for (const worker of workers) worker.shutdown();
await running;
await native.close();
await connection.close();
await server.stop();

const result = {
  state: outcome.state,
  profiles: outcome.profiles,
  batches: BATCHES,
  window: WINDOW,
  seconds: Math.round(seconds * 10) / 10,
  batchesPerSecond: Math.round((BATCHES / seconds) * 10) / 10,
  executions,
  largestHistory,
  workerMemoryMB: memoryAt,
  peakMemoryMB: memory.peak(),
};
if (values.json) console.log(JSON.stringify(result, null, 2));
else {
  const table = new Table({
    head: ['batches', 'seconds', 'batches/s', 'executions', 'largest history', 'peak memory MB'],
    style: { head: [], border: [] },
  });
  table.push([
    BATCHES,
    result.seconds,
    result.batchesPerSecond,
    executions,
    largestHistory,
    result.peakMemoryMB,
  ]);
  console.log(table.toString());
  console.log(
    `worker memory by progress: ${Object.entries(memoryAt)
      .map(([at, mb]) => `${at}: ${mb} MB`)
      .join(', ')}`,
  );
}
