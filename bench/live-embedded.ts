/**
 * What does a live run cost on the embedded store, and what of it is Temporal? First run, second run (1 % of
 * the profiles changed), 1 and 50 segments, through Temporal and by a plain script, each on a copy of the same
 * store; equal members asserted first. The audit after them evaluates every profile and writes nothing: what a
 * run would cost without brackets.
 *
 *   npm run bench -- live-embedded [--profiles 1000000] [--rounds 1] [--json]
 */
import { execFile } from 'node:child_process';
import { cp, mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { parseArgs, promisify } from 'node:util';
import { Client, Connection } from '@temporalio/client';
import Table from 'cli-table3';
import { createHttpOperations } from '../src/api/http-operations.ts';
import { readConfig } from '../src/config.ts';
import { sampleShopper, sampleShoppers } from '../src/domain/sample-shoppers.ts';
import { createRunControl } from '../src/run-control.ts';
import { applyDefinitions } from '../src/schedules/apply.ts';
import { openStores } from '../src/workers/open-stores.ts';
import { BUILT, startWorkerProcess } from '../test/support/strata-process.ts';
import { benchDefinitions } from './support/definitions.ts';
import { watchProcess } from './support/memory.ts';
import { startBenchServer } from './support/server.ts';

const { values } = parseArgs({
  options: {
    profiles: { type: 'string', default: '1000000' },
    rounds: { type: 'string', default: '1' },
    json: { type: 'boolean', default: false },
  },
});
const PROFILES = Number(values.profiles);
const NOW = Date.parse('2026-11-20T09:00:00Z');
const SLOTS = ['2026-11-20T09:00:00.000Z', '2026-11-20T10:00:00.000Z'] as const;
const SEGMENTS = [1, 50] as const;

interface Measured {
  readonly seconds: number;
  readonly members: number;
  readonly changed: number;
}

interface Row {
  readonly profiles: number;
  readonly segments: number;
  readonly run: 'first' | 'second' | 'audit';
  readonly temporal: Measured;
  readonly plain: Measured | null;
  readonly idleMB: number;
  readonly peakMB: number;
}

const server = await startBenchServer();
const client = new Client({ connection: await Connection.connect(server.temporal.connectionOptions) });
const rows: Row[] = [];
try {
  // Memory has to be the same at a tenth: that size is measured through Temporal only.
  for (const profiles of [Math.round(PROFILES / 10), PROFILES]) {
    const filled = join(server.folder, `filled-${profiles}`);
    await fill(filled, profiles);
    for (const segments of SEGMENTS) await measure(filled, profiles, segments);
  }
} finally {
  await client.connection.close();
  await server.stop();
}
report();

/** A data folder's copies share its environment; another folder needs another one. */
function environmentOf(profiles: number): string {
  return `bench-${profiles}`;
}

async function fill(data: string, profiles: number): Promise<void> {
  process.stderr.write(`filling ${profiles} profiles …\n`);
  const stores = await openStores(readConfig({ STRATA_DATA: data, STRATA_ENV: environmentOf(profiles) }));
  await stores.putProfiles(sampleShoppers(profiles, { now: NOW }));
  await stores.close();
}

async function measure(filled: string, profiles: number, segments: number): Promise<void> {
  const data = { temporal: `${filled}-temporal`, plain: `${filled}-plain` };
  for (const folder of Object.values(data)) await copy(filled, folder);
  for (const [index, slot] of SLOTS.entries()) {
    if (index === 1) for (const folder of Object.values(data)) await changeOnePercent(folder, profiles);
    const plain = profiles === PROFILES ? await runPlain(data.plain, profiles, segments, slot) : null;
    const temporal = await runTemporal(data.temporal, profiles, segments, slot);
    if (plain !== null && (plain.members !== temporal.members || plain.changed !== temporal.changed)) {
      throw new Error(
        `unequal results: plain ${JSON.stringify(plain)}, Temporal ${JSON.stringify(temporal)}`,
      );
    }
    rows.push({ profiles, segments, run: index === 0 ? 'first' : 'second', plain, ...temporal, temporal });
    process.stderr.write(`${JSON.stringify(rows.at(-1))}\n`);
  }
  const audit = await runTemporal(data.temporal, profiles, segments, SLOTS[1], 'audit');
  rows.push({ profiles, segments, run: 'audit', plain: null, ...audit, temporal: audit });
  for (const folder of Object.values(data)) await rm(folder, { recursive: true, force: true });
}

async function copy(from: string, to: string): Promise<void> {
  await rm(to, { recursive: true, force: true });
  await mkdir(to, { recursive: true });
  await cp(from, to, { recursive: true });
}

/** Every hundredth shopper has come back: its visits and last visit change. */
async function changeOnePercent(data: string, profiles: number): Promise<void> {
  const stores = await openStores(readConfig({ STRATA_DATA: data, STRATA_ENV: environmentOf(profiles) }));
  function* changed(): Generator<unknown> {
    for (let index = 100; index <= profiles; index += 100) {
      const shopper = sampleShopper(index, { now: NOW });
      yield { ...shopper, stats: { visits: 40, orders: 4, units: 9, spend: 350, returns: 0 } };
    }
  }
  await stores.putProfiles(changed());
  await stores.close();
}

async function runPlain(data: string, profiles: number, segments: number, slot: string): Promise<Measured> {
  const script = new URL('./support/plain-live.ts', import.meta.url).pathname;
  const { stdout } = await promisify(execFile)(process.execPath, [
    '--import',
    'tsx',
    script,
    data,
    environmentOf(profiles),
    String(segments),
    slot,
  ]);
  return JSON.parse(stdout) as Measured;
}

async function runTemporal(
  data: string,
  profiles: number,
  segments: number,
  slot: string,
  mode: 'write' | 'audit' = 'write',
): Promise<Measured & { idleMB: number; peakMB: number }> {
  const { address } = server.temporal;
  const environment = environmentOf(profiles);
  const worker = await startWorkerProcess(
    { TEMPORAL_ADDRESS: address, STRATA_ENV: environment },
    data,
    BUILT,
  );
  try {
    await applyDefinitions(client, benchDefinitions(segments), {
      environment,
      window: 4,
      author: 'bench',
      owner: null,
      prune: true,
    });
    const control = createRunControl(client, environment, createHttpOperations(worker.api));
    const memory = watchProcess(worker.pid);
    const idleMB = await memory.idle();
    const started = performance.now();
    const run = await control.startRun({ slot, mode });
    await run.result();
    const seconds = (performance.now() - started) / 1000;
    const record = await createHttpOperations(worker.api).run(run.runId);
    const members = record.segments.reduce((sum, segment) => sum + segment.members, 0);
    return { seconds, members, changed: record.totals?.changed ?? 0, idleMB, peakMB: memory.peak() };
  } finally {
    await worker.stop();
  }
}

function report(): void {
  if (values.json) return console.log(JSON.stringify(rows, null, 2));
  const table = new Table({
    head: [
      'profiles',
      'segments',
      'run',
      'changed',
      'Temporal s',
      'plain s',
      'Temporal / plain',
      'profiles/s',
      'idle MB',
      'peak MB',
    ],
    style: { head: [], border: [] },
    chars: { mid: '', 'left-mid': '', 'mid-mid': '', 'right-mid': '' },
  });
  for (const { profiles, segments, run, temporal, plain, idleMB, peakMB } of rows) {
    const ratio = plain === null ? '-' : (temporal.seconds / plain.seconds).toFixed(2);
    table.push([
      profiles,
      segments,
      run,
      temporal.changed,
      temporal.seconds.toFixed(2),
      plain?.seconds.toFixed(2) ?? '-',
      ratio,
      Math.round(profiles / temporal.seconds),
      idleMB,
      peakMB,
    ]);
  }
  console.log(table.toString());
}
