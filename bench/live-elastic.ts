/**
 * What does a live run cost on Elasticsearch, beside the fastest plain script we can write? 20 segments over
 * Tracardi-shaped profiles, in Tracardi's layout and in our own:
 *   a  first run, conditions on flattened numbers: everything is read and evaluated, about 30 % written
 *   b  1 % changed since, conditions that Elasticsearch decides alone if it may count on documents that keep to the
 *      mapping (ELASTIC_PLAIN_DOCUMENTS), and the same if it may not
 *   c  1 % changed since, the conditions of a
 * Both work on an index of their own with the same profiles, merged into one segment of Lucene before each row, and before
 * the 1 % of the row are changed; equal memberships are asserted before a row counts.
 *
 *   npm run bench -- live-elastic [--profiles 1000000] [--layout tracardi|plain] [--json]
 *
 * Starts the Elasticsearch of the tests, or takes the one that BENCH_ELASTIC_PORT names.
 */
import { execFile } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { parseArgs, promisify } from 'node:util';
import { Client as Elastic } from '@elastic/elasticsearch';
import { Client, Connection } from '@temporalio/client';
import Table from 'cli-table3';
import { benchElastic } from './support/elastic/server.ts';
import {
  createProfileIndex,
  digestOf,
  mergeWhole,
  untilMerged,
  updateProfiles,
  type LayoutName,
} from './support/elastic/indices.ts';
import { changeOnePercent, tracardiProfiles } from './support/elastic/profiles.ts';
import {
  aliasOf,
  startMeasuredWorker,
  type MeasuredRun,
  type MeasuredWorker,
  type Work,
} from './support/elastic/measured-worker.ts';
import { EXACT, FULL, type BenchSegment } from './support/elastic/segments.ts';
import { startBenchServer } from './support/server.ts';

const { values } = parseArgs({
  options: {
    profiles: { type: 'string', default: '1000000' },
    layout: { type: 'string' },
    json: { type: 'boolean', default: false },
  },
});
const PROFILES = Number(values.profiles);
const NOW = Date.parse('2026-11-20T09:00:00Z');
const LAYOUTS: readonly LayoutName[] = ['tracardi', 'plain'];

/** Tracardi's own name for its index of a month, behind its alias. */
const INDEX = { tracardi: '08x.01506.tracardi-profile-2026-11', plain: 'bench-profiles-1' } as const;

interface Row {
  readonly layout: LayoutName;
  readonly profiles: number;
  readonly case: string;
  readonly strata: MeasuredRun;
  readonly baseline: Work | null;
}

const temporal = await startBenchServer();
const elastic = await benchElastic();
const client = new Client({ connection: await Connection.connect(temporal.temporal.connectionOptions) });
const store = new Elastic({ node: elastic.url });
const rows: Row[] = [];
try {
  for (const layout of LAYOUTS.filter((name) => values.layout === undefined || name === values.layout)) {
    // Memory has to be the same at a tenth: that size is measured for Strata only.
    await measureMemory(layout, Math.round(PROFILES / 10));
    await measureOneSegment(layout, PROFILES);
    await race(layout, PROFILES);
  }
} finally {
  await store.close();
  await client.connection.close();
  await elastic.stop();
  await temporal.stop();
}
report();

/** One round after another on the same two indices, so that each finds what the one before has written. */
async function race(layout: LayoutName, profiles: number): Promise<void> {
  const baseline = 'bench-baseline';
  await fill(layout, profiles);
  say(`loading the baseline's copy …`);
  await createProfileIndex(
    store,
    { index: `${baseline}-1`, alias: baseline, layout },
    tracardiProfiles(profiles, NOW),
  );
  const environment = newEnvironment();
  let worker = await startWorker(layout, environment, { plainDocuments: false });
  try {
    const indices = [INDEX[layout], `${baseline}-1`];
    const both = async (
      name: string,
      segments: readonly BenchSegment[],
      slot: string,
      round = 0,
    ): Promise<void> => {
      say(`${layout}: ${name}`);
      await mergeWhole(store, indices);
      if (round > 0) await change(indices, profiles, round);
      await untilMerged(store);
      const plain = await runBaseline(baseline, segments, slot);
      await untilMerged(store);
      const strata = await worker.run(segments, slot);
      await assertEqual(baseline, aliasOf(layout), name);
      keep({ layout, profiles, case: name, strata, baseline: plain });
    };
    await both('a: first run, all evaluated', FULL, slotOf(0));
    await both('c: 1 % changed, nothing compiles', FULL, slotOf(1), 1);
    await both('first run, all compiles', EXACT, slotOf(2));
    await both('b without plain documents', EXACT, slotOf(3), 2);
    await worker.stop();
    worker = await startWorker(layout, environment, { plainDocuments: true });
    await both('b: 1 % changed, all compiles', EXACT, slotOf(4), 3);
  } finally {
    await worker.stop();
  }
}

async function change(indices: readonly string[], profiles: number, round: number): Promise<void> {
  const changed = { visits: 40 * round, spend: 900 * round, lastVisit: new Date(NOW - round).toISOString() };
  for (const index of indices) await updateProfiles(store, index, changeOnePercent(profiles, changed));
}

/** The first of the segments holds all members of the others, so the writes are the same. */
async function measureOneSegment(layout: LayoutName, profiles: number): Promise<void> {
  await measureFirst(layout, profiles, FULL.slice(0, 1), 'a with one segment');
}

async function measureMemory(layout: LayoutName, profiles: number): Promise<void> {
  await measureFirst(layout, profiles, FULL, 'a: first run, all evaluated');
}

async function measureFirst(
  layout: LayoutName,
  profiles: number,
  segments: readonly BenchSegment[],
  name: string,
): Promise<void> {
  await fill(layout, profiles);
  const worker = await startWorker(layout, newEnvironment(), { plainDocuments: false });
  try {
    await mergeWhole(store, [INDEX[layout]]);
    const strata = await worker.run(segments, slotOf(0));
    keep({ layout, profiles, case: name, strata, baseline: null });
  } finally {
    await worker.stop();
  }
}

function newEnvironment(): string {
  return `bench-${randomUUID().slice(0, 8)}`;
}

function startWorker(
  layout: LayoutName,
  environment: string,
  { plainDocuments }: { readonly plainDocuments: boolean },
): Promise<MeasuredWorker> {
  const { folder } = temporal;
  const servers = { client, temporal: temporal.temporal, folder, elastic };
  return startMeasuredWorker({ ...servers, layout, environment, plainDocuments });
}

function keep(row: Row): void {
  rows.push(row);
  say(JSON.stringify(row));
}

async function fill(layout: LayoutName, profiles: number): Promise<void> {
  say(`${layout}: loading ${profiles} profiles …`);
  const names = { index: INDEX[layout], alias: aliasOf(layout), layout };
  await createProfileIndex(store, names, tracardiProfiles(profiles, NOW));
}

function slotOf(hour: number): string {
  return new Date(NOW + hour * 3_600_000).toISOString();
}

async function assertEqual(baseline: string, index: string, name: string): Promise<void> {
  await store.indices.refresh({ index: [baseline, index] });
  const [expected, found] = [await digestOf(store, baseline), await digestOf(store, index)];
  if (expected !== found)
    throw new Error(`${name}: the memberships differ: ${expected} by hand, ${found} by Strata`);
}

async function runBaseline(index: string, segments: readonly BenchSegment[], slot: string): Promise<Work> {
  const script = new URL('./support/elastic/baseline.ts', import.meta.url).pathname;
  const set = segments === EXACT ? 'exact' : 'full';
  const args = ['--import', 'tsx', script, elastic.url, index, set, String(segments.length), slot];
  const { stdout } = await promisify(execFile)(process.execPath, args);
  return JSON.parse(stdout) as Work;
}

function say(line: string): void {
  process.stderr.write(`${line}\n`);
}

function report(): void {
  if (values.json) return console.log(JSON.stringify(rows, null, 2));
  const head = [
    'layout',
    'profiles',
    'case',
    'written',
    'Strata s',
    'profiles/s',
    'by hand s',
    'by hand / Strata',
    'idle MB',
    'peak MB',
  ];
  const table = new Table({
    head,
    style: { head: [], border: [] },
    chars: { mid: '', 'left-mid': '', 'mid-mid': '', 'right-mid': '' },
  });
  for (const { layout, profiles, case: name, strata, baseline } of rows) {
    const times =
      baseline === null
        ? ['-', '-']
        : [baseline.seconds.toFixed(2), (baseline.seconds / strata.seconds).toFixed(2)];
    const rate = Math.round(profiles / strata.seconds);
    table.push([
      layout,
      profiles,
      name,
      strata.changed,
      strata.seconds.toFixed(2),
      rate,
      ...times,
      strata.idleMB,
      strata.peakMB,
    ]);
  }
  console.log(table.toString());
}
