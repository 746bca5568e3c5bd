/**
 * Records the histories that test/replay replays, from real runs on a server of their own:
 *
 *   npm run histories
 *
 * Run it when a workflow changes its shape on purpose, and keep the old files: they prove that open runs of
 * the version before still replay.
 */
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Client } from '@temporalio/client';
import { historyToJSON } from '@temporalio/common/lib/proto-utils.js';
import { readConfig } from '../src/config.ts';
import { sampleShoppers } from '../src/domain/sample-shoppers.ts';
import { SEARCH_ATTRIBUTES, workflowQueue } from '../src/names.ts';
import { createRunControl, type RunControl, type RunHandle } from '../src/run-control.ts';
import { applyDefinitions } from '../src/schedules/apply.ts';
import type { segmentPartition } from '../src/workflows/segment-partition.ts';
import { startDevServer } from '../src/temporal-server/dev-server.ts';
import { findTemporalExecutable } from '../src/temporal-server/find-executable.ts';
import { freePort } from '../src/temporal-server/ports.ts';
import { startRuntime, type StrataRuntime } from '../src/workers/runtime.ts';

const FOLDER = new URL('../test/histories/', import.meta.url);
const ENVIRONMENT = 'recorded';

/** Events after which a workflow of the second server continues as new: some batches of a run of eight. */
const SHORT_HISTORY = '40';

const DEFINITIONS = [
  { file: 'a.yaml', content: 'id: a\nkind: live\ncondition: profile@stats.orders > 2\n' },
  {
    file: 'b.yaml',
    content:
      'id: b\nkind: live\nworkflow:\n  steps:\n    - when: profile@stats.visits > 5\n      then: [{ add: b }]\n',
  },
  { file: 'c.yaml', content: 'id: c\nkind: live\nmaxGrowth: 10%\ncondition: profile@active == TRUE\n' },
];

const report = (line: string): void => console.error(line);
await withRuntime(process.env, record);
await withShortHistories((env) => withRuntime(env, recordContinued));

async function withRuntime(
  env: Readonly<Record<string, string | undefined>>,
  use: (runtime: StrataRuntime) => Promise<void>,
): Promise<void> {
  const data = await mkdtemp(join(tmpdir(), 'strata-histories-'));
  const config = readConfig({ STRATA_DATA: data, STRATA_ENV: ENVIRONMENT, LOG_LEVEL: 'error' });
  const runtime = await startRuntime({ config, env, report });
  try {
    await use(runtime);
  } finally {
    await runtime.stop();
    await rm(data, { recursive: true, force: true });
  }
}

async function withShortHistories(
  use: (env: Readonly<Record<string, string | undefined>>) => Promise<void>,
): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'strata-histories-server-'));
  const server = await startDevServer({
    executable: (await findTemporalExecutable({ env: process.env, report })).path,
    databaseFile: join(folder, 'temporal.sqlite'),
    logFile: join(folder, 'server.log'),
    stateFile: join(folder, 'server.json'),
    preferredPort: await freePort(),
    preferredUiPort: await freePort(),
    report,
    searchAttributes: SEARCH_ATTRIBUTES,
    dynamicConfig: { 'limit.historyCount.suggestContinueAsNew': SHORT_HISTORY },
  });
  try {
    await use({ ...process.env, TEMPORAL_ADDRESS: server.address });
  } finally {
    await server.stop();
    await rm(folder, { recursive: true, force: true });
  }
}

function shoppers(): AsyncIterable<unknown> {
  return sampleShoppers(40_000, { now: Date.parse('2026-11-20T09:00:00Z') });
}

async function record({ client, stores }: StrataRuntime): Promise<void> {
  await stores.putProfiles(shoppers());
  const publication = `${ENVIRONMENT}/publish-definitions`;
  const options = { environment: ENVIRONMENT, window: 2, author: 'record', owner: null };
  await mkdir(FOLDER, { recursive: true });
  await applyDefinitions(client, DEFINITIONS, { ...options, prune: false });
  await save(client, publication, 'publish-definitions');
  const control = createRunControl(client, ENVIRONMENT, stores.operations);
  const run = await control.startRun({ window: 2, slot: '2026-11-20T09:00:00Z' });
  await run.setWindow(3);
  await run.result();
  const names = {
    [run.workflowId]: 'segment-profiles',
    [`${run.workflowId}/count`]: 'segment-profiles-count',
    [`${run.workflowId}/b/0`]: 'segment-batch',
    [await runPartition(client, run)]: 'segment-partition',
    [await runCancelled(control)]: 'segment-profiles-cancelled',
    [await runCancelledLate(control)]: 'segment-profiles-cancelled-late',
  };
  for (const [workflowId, name] of Object.entries(names)) await save(client, workflowId, name);
  await applyDefinitions(client, DEFINITIONS.slice(1), { ...options, prune: true });
  await save(client, publication, 'publish-definitions-pruned');
}

/** A run of the workflow that continues as new, and the one that goes on from there. */
async function recordContinued({ client, stores }: StrataRuntime): Promise<void> {
  await stores.putProfiles(shoppers());
  const options = { environment: ENVIRONMENT, window: 2, author: 'record', owner: null, prune: false };
  await applyDefinitions(client, DEFINITIONS.slice(0, 2), options);
  const control = createRunControl(client, ENVIRONMENT, stores.operations);
  const run = await control.startRun({ window: 2, slot: '2026-11-20T09:00:00Z' });
  await run.result();
  const { workflowId } = run;
  const { raw } = await client.workflow.getHandle(workflowId).describe();
  const first = raw.workflowExecutionInfo?.firstRunId ?? '';
  await save(client, workflowId, 'segment-profiles-continued', first);
  await save(client, workflowId, 'segment-profiles-successor', await successorOf(client, workflowId, first));
}

async function successorOf(client: Client, workflowId: string, runId: string): Promise<string> {
  const { events } = await client.workflow.getHandle(workflowId, runId).fetchHistory();
  const next = events?.at(-1)?.workflowExecutionContinuedAsNewEventAttributes?.newExecutionRunId;
  if (!next) throw new Error(`${workflowId} ended in its first run: lower SHORT_HISTORY`);
  return next;
}

/** The newest run of this id, when none is named. */
async function save(client: Client, workflowId: string, name: string, runId?: string): Promise<void> {
  const history = await client.workflow.getHandle(workflowId, runId).fetchHistory();
  await writeFile(new URL(`${name}.json`, FOLDER), `${anonymous(historyToJSON(history))}\n`);
  report(`recorded ${name}`);
}

/** The middle level, which a run of this size has no need of, over the batches of a run. */
async function runPartition(client: Client, run: RunHandle): Promise<string> {
  const { runId, workflowId } = run;
  const { batches } = await run.progress();
  const partition = `${workflowId}/p/0`;
  const span = { from: 0, to: batches };
  await client.workflow.execute<typeof segmentPartition>('segmentPartition', {
    workflowId: partition,
    taskQueue: workflowQueue(ENVIRONMENT),
    args: [{ runId, runWorkflowId: workflowId, span, batches, window: 2, paused: null }],
  });
  return partition;
}

/** A run that a person pauses and then cancels. */
async function runCancelled(control: RunControl): Promise<string> {
  const run = await control.startRun({ window: 1, slot: '2026-11-20T10:00:00Z' });
  await run.pause('recorded');
  await run.cancel();
  await run.result().catch((error: unknown) => report(`as it should: ${String(error)}`));
  return run.workflowId;
}

/** A run that a person cancels with batches under way. */
async function runCancelledLate(control: RunControl): Promise<string> {
  const run = await control.startRun({ window: 2, slot: '2026-11-20T11:00:00Z' });
  while ((await run.progress()).batchesDone === 0);
  await run.cancel();
  await run.result().catch((error: unknown) => report(`as it should: ${String(error)}`));
  return run.workflowId;
}

/** Identities and the names of sticky task queues tell the machine; nothing in a replay reads them. */
function anonymous(history: string): string {
  return history
    .replaceAll(`${hostname()}:${process.pid}`, 'recorder')
    .replaceAll(`${process.pid}@${hostname()}`, 'recorder');
}
