import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { Client, Connection } from '@temporalio/client';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { PinnedDefinitions } from '../../src/activities/definitions.ts';
import { createHttpOperations } from '../../src/api/http-operations.ts';
import type { RunRecord } from '../../src/domain/run.ts';
import { createRunControl } from '../../src/run-control.ts';
import { readConfig } from '../../src/config.ts';
import { checkDefinitions } from '../../src/domain/definition-set.ts';
import type { DefinitionSource } from '../../src/domain/definition.ts';
import type { StoredProfile } from '../../src/domain/profile.ts';
import { sampleShoppers } from '../../src/domain/sample-shoppers.ts';
import { SEARCH_ATTRIBUTES } from '../../src/names.ts';
import { applyDefinitions } from '../../src/schedules/apply.ts';
import { openStores } from '../../src/workers/open-stores.ts';
import { recompute } from '../support/recompute.ts';
import { readAllProfiles } from '../support/stored-profiles.ts';
import { startWorkerProcess, type StrataProcess } from '../support/strata-process.ts';
import { describeWithTemporal, startTestServer, type TestServer } from '../support/temporal.ts';

const PROFILES = 60_000;
const NOW = Date.parse('2026-11-20T09:00:00Z');
const FIRST_SLOT = '2026-11-20T09:00:00.000Z';
const SECOND_SLOT = '2026-12-20T09:00:00.000Z';

/** Every one of these would show a page that was evaluated twice: they look at membership, their own included. */
const DEFINITIONS: readonly DefinitionSource[] = [
  live('frequent', 'condition: profile@stats.visits > 5 AND profile@metadata.time.visit.last > now.offset("-60d")'),
  live('follows-frequent', 'condition: profile@segments CONTAINS "frequent"'),
  live('toggles', toggle('toggles')),
  live('toggles-buyers', `${toggle('toggles-buyers')}\n  filter: profile@stats.orders > 2`),
];

function live(id: string, rest: string): DefinitionSource {
  return { file: `${id}.yaml`, content: `id: ${id}\nkind: live\n${rest}\n` };
}

function toggle(value: string): string {
  return `workflow:\n  steps:\n    - when: profile@segments CONTAINS "${value}"\n      then: [{ remove: ${value} }]\n      else: [{ add: ${value} }]`;
}

describeWithTemporal('a run whose processes are killed', () => {
  let server: TestServer;
  let client: Client;
  let folder: string;

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'strata-faults-'));
    server = await startTestServer({ searchAttributes: SEARCH_ATTRIBUTES });
    client = new Client({ connection: await Connection.connect({ address: server.address }) });
  });

  afterAll(async () => {
    await client.connection.close();
    await server.stop();
  });

  test('the worker killed with -9 at random points: membership and log equal a plain recomputation', async () => {
    const data = join(folder, 'worker');
    const config = readConfig({ STRATA_DATA: data, STRATA_ENV: 'kill-worker' });
    const env = { TEMPORAL_ADDRESS: server.address, STRATA_ENV: 'kill-worker' };
    await fill(config);
    let worker = await startWorkerProcess(env, data);
    await publish(config.STRATA_ENV);
    await runOnce(worker, config.STRATA_ENV, FIRST_SLOT);
    await worker.stop();
    const before = await readState(config);

    worker = await startWorkerProcess(env, data);
    const control = createRunControl(client, config.STRATA_ENV, createHttpOperations(worker.api));
    const run = await control.startRun({ slot: SECOND_SLOT, window: 2 });
    const kills = [40, 600, 1100];
    for (const afterMs of kills) {
      await delay(afterMs);
      await worker.kill();
      worker = await startWorkerProcess(env, data);
    }
    await run.result();
    await worker.stop();

    const record = await expectRecomputed(config, run.runId, before);
    expect(record.state).toBe('completed');
    console.log(`[faults] worker killed ${kills.length} times: ${record.totals?.replayed} profiles met again`);
  });

  async function fill(config: ReturnType<typeof readConfig>): Promise<void> {
    const stores = await openStores(config);
    await stores.putProfiles(sampleShoppers(PROFILES, { now: NOW }));
    await stores.close();
  }

  async function publish(environment: string): Promise<void> {
    const options = { environment, window: 2, author: 'test', owner: null, prune: false };
    const { checked } = await applyDefinitions(client, DEFINITIONS, options);
    expect(checked.problems).toEqual([]);
  }

  async function runOnce(worker: StrataProcess, environment: string, slot: string): Promise<void> {
    const control = createRunControl(client, environment, createHttpOperations(worker.api));
    await (await control.startRun({ slot })).result();
  }
});

interface State {
  readonly profiles: readonly StoredProfile[];
}

async function readState(config: ReturnType<typeof readConfig>): Promise<State> {
  const stores = await openStores(config);
  try {
    return { profiles: await readAllProfiles(stores.profiles) };
  } finally {
    await stores.close();
  }
}

/** Final membership and the run's log, against what the state before says they must be. */
async function expectRecomputed(config: ReturnType<typeof readConfig>, runId: string, before: State): Promise<RunRecord> {
  const { definitions }: Pick<PinnedDefinitions, 'definitions'> = checkDefinitions(DEFINITIONS);
  const expected = recompute(definitions, before.profiles, SECOND_SLOT);
  const stores = await openStores(config);
  try {
    const after = new Map((await readAllProfiles(stores.profiles)).map(({ id, segments }) => [id, [...segments].sort()]));
    for (const { id, segments } of before.profiles) {
      const membership = new Set(segments);
      for (const change of expected.get(id) ?? []) {
        if (change.startsWith('+')) membership.add(change.slice(1));
        else membership.delete(change.slice(1));
      }
      expect(after.get(id), id).toEqual([...membership].sort());
    }
    const values = definitions.map(({ segment }) => segment.id);
    const log = await stores.ledger.readChanges({ values, runId, limit: 10_000_000 });
    const logged = new Map<string, string[]>();
    for (const { profileId, value, change } of log) {
      logged.set(profileId, [...(logged.get(profileId) ?? []), `${change === 'entered' ? '+' : '-'}${value}`]);
    }
    expect(logged.size).toBe(expected.size);
    for (const [id, changes] of expected) expect(logged.get(id)?.sort(), id).toEqual(changes);
    const run = await stores.ledger.readRun(runId);
    if (run === null) throw new Error('the run is not in the ledger');
    return run;
  } finally {
    await stores.close();
  }
}
