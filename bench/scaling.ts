/**
 * How does one live run on Elasticsearch grow with worker processes and with the window of its workflow, and who
 * is busy with it? 20 segments that do not compile, so every profile is evaluated, and about a quarter is written:
 * each run gives every test to another segment, and the next gives it back, so that all runs do the same work.
 *
 *   npm run bench -- scaling [--profiles 100000] [--json]
 *
 * Two passes over all rows, the second backwards; a row is both of its runs together. The memberships are asserted
 * against a digest computed by hand after each. Starts the Elasticsearch and the MariaDB of the tests, or takes the
 * Elasticsearch that BENCH_ELASTIC_PORT names; all servers have to be on this machine.
 */
import { randomUUID } from 'node:crypto';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { Client as Elastic } from '@elastic/elasticsearch';
import { Client, Connection } from '@temporalio/client';
import Table from 'cli-table3';
import { createConnection } from 'mysql2/promise';
import { createHttpOperations } from '../src/api/http-operations.ts';
import { readConfig } from '../src/config.ts';
import { createRunControl } from '../src/run-control.ts';
import { applyDefinitions } from '../src/schedules/apply.ts';
import { allowWrites } from '../src/workers/open-profiles.ts';
import { createEmptyDatabase, ensureMariaDb, startMariaDb } from '../test/support/mariadb.ts';
import { BUILT, startWorkerProcess, type StrataProcess } from '../test/support/strata-process.ts';
import { createProfileIndex, digestOf, digestOfMemberships } from './support/elastic/indices.ts';
import { tracardiProfiles } from './support/elastic/profiles.ts';
import {
  definitionsOf,
  FULL,
  SWAPPED,
  type BenchFields,
  type BenchSegment,
} from './support/elastic/segments.ts';
import { benchElastic } from './support/elastic/server.ts';
import { meterProcessors, pidListeningAt } from './support/processor-time.ts';
import { startBenchServer } from './support/server.ts';

const { values } = parseArgs({
  options: { profiles: { type: 'string', default: '100000' }, json: { type: 'boolean', default: false } },
});
const PROFILES = Number(values.profiles);
const NOW = Date.parse('2026-11-20T09:00:00Z');
const ALIAS = 'bench-scaling';
/** A run over slices has at least a batch for each shard: with fewer batches than its window, a row would be a lie. */
const SHARDS = 32;
const ROWS = [
  ...[1, 2, 4, 8, 16, 32].map((window) => ({ workers: 1, window })),
  { workers: 2, window: 8 },
  { workers: 4, window: 8 },
];
const PARTIES = ['elasticsearch', 'workers', 'mariadb', 'temporal', 'machine'] as const;

type Row = (typeof ROWS)[number];

interface Run extends Row {
  readonly seconds: number;
  readonly changed: number;
  /** Of processor, while it ran. */
  readonly busy: Readonly<Record<(typeof PARTIES)[number], number>>;
}

await ensureMariaDb(say);
const mariaDb = await startMariaDb();
const temporal = await startBenchServer();
const elastic = await benchElastic();
const client = new Client({ connection: await Connection.connect(temporal.temporal.connectionOptions) });
const store = new Elastic({ node: elastic.url });
const environment = `bench-${randomUUID().slice(0, 8)}`;
const database = await createEmptyDatabase(mariaDb.url);
const workers: StrataProcess[] = [];
const runs: Run[] = [];
try {
  await load();
  const env = await prepareEnvironment();
  const states = [stateAfter(FULL), stateAfter(SWAPPED)] as const;
  let slot = 0;
  const next = async (row: Row): Promise<Run> => {
    const { segments, digest } = states[slot % 2 === 0 ? 0 : 1];
    slot += 1;
    const run = await runLive(row, segments, slot);
    const found = await digestOfIndex();
    if (found !== digest) throw new Error(`the memberships differ: ${digest} by hand, ${found} by Strata`);
    return run;
  };
  for (const row of [...ROWS, ...ROWS.toReversed()]) {
    const isGrown = workers.length < row.workers;
    // A new process compiles what it runs; the first finds a new Elasticsearch, which takes longer.
    const warmUps = isGrown ? (workers.length === 0 ? 7 : 1) : 0;
    await haveWorkers(row.workers, env);
    for (let done = 0; done < warmUps; done += 1) await next({ ...row, window: SHARDS });
    runs.push(await next(row));
    say(JSON.stringify(runs.at(-1)));
  }
} finally {
  for (const worker of workers) await worker.stop();
  await store.close();
  await client.connection.close();
  await elastic.stop();
  await temporal.stop();
  await mariaDb.stop();
}
report();

async function load(): Promise<void> {
  say(`loading ${PROFILES} profiles …`);
  const index = { index: `${ALIAS}-1`, alias: ALIAS, layout: 'tracardi', shards: SHARDS } as const;
  await createProfileIndex(store, index, tracardiProfiles(PROFILES, NOW));
}

async function prepareEnvironment(): Promise<Readonly<Record<string, string>>> {
  const env = {
    TEMPORAL_ADDRESS: temporal.temporal.address,
    STRATA_ENV: environment,
    ELASTIC_HOST: '127.0.0.1',
    ELASTIC_PORT: String(elastic.port),
    ELASTIC_LAYOUT: 'tracardi',
    ELASTIC_PROFILE_INDEX: ALIAS,
    MYSQL_URL: database,
    STRATA_BATCHES_AT_ONCE: String(SHARDS),
  };
  await allowWrites(readConfig(env));
  return env;
}

/** Who is in what when these segments have been computed, without Strata. */
function stateAfter(segments: readonly BenchSegment[]): {
  readonly segments: readonly BenchSegment[];
  readonly digest: string;
} {
  function* memberships() {
    for (const profile of tracardiProfiles(PROFILES, NOW)) {
      const fields = profile as BenchFields;
      const entered = segments.filter(({ matches }) => matches(fields, NOW)).map(({ id }) => id);
      yield { id: profile.id, segments: [...(fields.segments ?? []), ...entered] };
    }
  }
  return { segments, digest: digestOfMemberships(memberships()) };
}

async function digestOfIndex(): Promise<string> {
  await store.indices.refresh({ index: ALIAS });
  return digestOf(store, ALIAS);
}

async function haveWorkers(count: number, env: Readonly<Record<string, string>>): Promise<void> {
  while (workers.length < count)
    workers.push(await startWorkerProcess(env, join(temporal.folder, `worker-${workers.length}`), BUILT));
  for (const worker of workers.splice(count)) await worker.stop();
}

/** A change costs a look at all that the log holds of its profile, and each run here changes the same profiles. */
async function emptyLog(): Promise<void> {
  const connection = await createConnection(database);
  await connection.query('TRUNCATE TABLE strata_changes');
  await connection.end();
}

async function runLive(row: Row, segments: readonly BenchSegment[], minute: number): Promise<Run> {
  const options = { environment, window: row.window, author: 'bench', owner: null, prune: false };
  await applyDefinitions(client, definitionsOf(segments), options);
  await emptyLog();
  const operations = createHttpOperations(workers[0]?.api ?? '');
  const meter = meterProcessors({
    elasticsearch: [pidListeningAt(elastic.port)],
    workers: workers.map(({ pid }) => pid),
    mariadb: [pidListeningAt(portOf(database))],
    temporal: [pidListeningAt(portOf(`tcp://${temporal.temporal.address}`))],
  });
  const started = performance.now();
  const run = await createRunControl(client, environment, operations).startRun({
    slot: new Date(NOW + minute * 60_000).toISOString(),
    segmentIds: segments.map(({ id }) => id),
    window: row.window,
  });
  await run.result();
  const seconds = (performance.now() - started) / 1_000;
  const busy = meter();
  const { state, batches, totals } = await operations.run(run.runId);
  if (state !== 'completed') throw new Error(`the run ended ${state}`);
  if (batches < row.window)
    throw new Error(`${batches} batches cannot fill a window of ${row.window}; take more profiles`);
  return { ...row, seconds, changed: totals?.changed ?? 0, busy };
}

function portOf(url: string): number {
  return Number(new URL(url).port);
}

function say(line: string): void {
  process.stderr.write(`${line}\n`);
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0);
}

function report(): void {
  if (values.json) return console.log(JSON.stringify({ profiles: PROFILES, runs }, null, 2));
  const table = new Table({
    head: ['workers', 'window', 'written', 'seconds', 'profiles/s', ...PARTIES],
    style: { head: [], border: [] },
    chars: { mid: '', 'left-mid': '', 'mid-mid': '', 'right-mid': '' },
  });
  for (const { workers: count, window } of ROWS) {
    const both = runs.filter((run) => run.workers === count && run.window === window);
    const seconds = sum(both.map((run) => run.seconds));
    const cores = PARTIES.map((party) => (sum(both.map(({ busy }) => busy[party])) / seconds).toFixed(2));
    const written = Math.round(sum(both.map(({ changed }) => changed)) / both.length);
    const rate = Math.round((PROFILES * both.length) / seconds);
    table.push([count, window, written, (seconds / both.length).toFixed(2), rate, ...cores]);
  }
  console.log(table.toString());
  console.log(`the last columns: cores busy, of ${availableParallelism()}; machine is all of it`);
  const perCore = PARTIES.map((party) => {
    const rate = Math.round((PROFILES * runs.length) / sum(runs.map(({ busy }) => busy[party])));
    return `${party} ${rate.toLocaleString('en')}`;
  });
  console.log(`profiles/s that one busy core carries, over all rows: ${perCore.join(', ')}`);
}
