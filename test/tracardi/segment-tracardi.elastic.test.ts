import { MockActivityEnvironment } from '@temporalio/testing';
import type { Client, estypes } from '@elastic/elasticsearch';
import { randomUUID } from 'node:crypto';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import {
  createLedgerActivities,
  createProfileActivities,
  type ActivityDeps,
} from '../../src/activities/create-activities.ts';
import { readConfig, type Config } from '../../src/config.ts';
import { importInstallation } from '../../src/domain/tracardi/import-installation.ts';
import { readDefinitionsFolder } from '../../src/schedules/definitions-folder.ts';
import { unpackFlow } from '../../src/schedules/unpack-flow.ts';
import { allowWrites } from '../../src/workers/open-profiles.ts';
import { openStores, type Stores } from '../../src/workers/open-stores.ts';
import { readTracardi } from '../../src/workers/read-tracardi.ts';
import { describeWithElastic, sharedElastic } from '../support/elastic.ts';
import { elasticClient } from '../support/elastic/under-test.ts';
import { activityDeps, planInput } from '../support/fresh-stores.ts';
import {
  expectedSegments,
  LOYALTY_SLOT,
  loyaltyFlow,
  shopper,
  spenderFlow,
  type Shopper,
} from '../support/loyalty.ts';
import { aFlowRecord } from '../support/tracardi-flows.ts';

const PROFILES = 3_000;
/** Beside the loyalty flow; one more of them is bad. */
const SPENDERS = 149;
const MONTHS = ['2026-9', '2026-10', '2026-11'];

/** What of Tracardi's profile mapping these profiles use; anything else is refused, as Tracardi refuses it. */
const PROFILE_MAPPING: estypes.MappingTypeMapping = {
  dynamic: 'strict',
  properties: {
    id: { type: 'keyword' },
    ids: { type: 'keyword' },
    metadata: {
      properties: {
        time: {
          properties: {
            insert: { type: 'date' },
            update: { type: 'date' },
            segmentation: { type: 'date' },
            visit: { properties: { current: { type: 'date' }, count: { type: 'integer' } } },
          },
        },
        aux: { type: 'flattened' },
      },
    },
    data: {
      properties: { contact: { properties: { email: { properties: { main: { type: 'keyword' } } } } } },
    },
    traits: { type: 'object', dynamic: true },
    segments: { type: 'keyword', ignore_above: 64 },
    active: { type: 'boolean' },
  },
};

interface Found {
  readonly index: string;
  readonly source: Shopper & {
    readonly metadata: {
      readonly time: { readonly segmentation?: string };
      readonly aux?: { readonly strata?: unknown };
    };
  };
}

describeWithElastic('a Tracardi installation', () => {
  const tenant = randomUUID().slice(0, 5);
  const folder = mkdtempSync(join(tmpdir(), 'strata-tracardi-'));
  const shoppers = Array.from({ length: PROFILES }, (_, index) => shopper(index));
  let client: Client;
  let config: Config;
  let stores: Stores;
  let deps: ActivityDeps;

  beforeAll(async () => {
    client = elasticClient();
    config = readConfig({
      ELASTIC_HOST: sharedElastic().url,
      ELASTIC_LAYOUT: 'tracardi',
      PRODUCTION: 'yes',
      TENANT_NAME: tenant,
      STRATA_DATA: join(folder, 'data'),
    });
    await makeInstallation();
    stores = await openStores(config);
    deps = activityDeps(stores, () => new Date('2037-01-01T00:00:00Z'));
  });

  afterAll(async () => {
    await stores.close();
    await client.close();
    rmSync(folder, { recursive: true, force: true });
  });

  async function makeInstallation(): Promise<void> {
    for (const month of MONTHS)
      await client.indices.create({
        index: `prod-08x.${tenant}.tracardi-profile-${month}`,
        mappings: PROFILE_MAPPING,
        settings: { number_of_replicas: 0 },
        aliases: { [`prod-${tenant}.tracardi-profile`]: {} },
      });
    const profiles = shoppers.flatMap((document, index) => [
      { index: { _index: monthOf(index), _id: document.id } },
      { ...document, ids: [document.id], active: true },
    ]);
    const flows = [
      { id: 'f-loyalty', name: 'Loyalty', flow: loyaltyFlow() },
      ...Array.from({ length: SPENDERS }, (_, index) => ({
        id: `f-${index}`,
        name: `Spent ${index}`,
        flow: spenderFlow(`Spent ${index}`, index * 10),
      })),
      { id: 'f-bad', name: 'Bad', flow: spenderFlow('bad', 0, 'SmsAction') },
    ];
    const definitions = flows.flatMap(({ id, name, flow }) => [
      { index: { _index: `prod-${tenant}.tracardi-flow` } },
      aFlowRecord({ ...flow, id, name }),
      { index: { _index: `prod-${tenant}.tracardi-live-segment` } },
      { id: `l-${id}`, name, type: 'workflow', enabled: true, workflow: { id, name } },
    ]);
    const { errors, items } = await client.bulk({ operations: [...profiles, ...definitions], refresh: true });
    if (errors) throw new Error(JSON.stringify(items.find(({ index }) => index?.error !== undefined)));
  }

  function monthOf(index: number): string {
    return `prod-08x.${tenant}.tracardi-profile-${MONTHS[index % MONTHS.length]}`;
  }

  async function readAll(): Promise<ReadonlyMap<string, Found>> {
    const { hits } = await client.search<Found['source']>({
      index: `prod-${tenant}.tracardi-profile`,
      size: 10_000,
    });
    return new Map(
      hits.hits.flatMap(({ _index, _id, _source }) =>
        _source === undefined || _id === undefined ? [] : [[_id, { index: _index, source: _source }]],
      ),
    );
  }

  /** What a run's workflow does, one batch after another. */
  async function run(slot: string): Promise<string> {
    const input = planInput(slot);
    const { runId } = input;
    const activities = createLedgerActivities(deps);
    const { batches } = await activities.planRun(input);
    const { evaluateBatch } = createProfileActivities(deps);
    for (let batch = 0; batch < batches; batch += 1)
      await new MockActivityEnvironment().run(evaluateBatch, { runId, batch });
    await activities.finishRun({ runId, ended: null });
    await client.indices.refresh({ index: `prod-${tenant}.tracardi-profile` });
    return runId;
  }

  test('is segmented as it stands: imported, published, run over its months, and nothing else is touched', async () => {
    const { files, report } = importInstallation(await readTracardi(config), unpackFlow);
    for (const { file, content } of files) {
      const path = join(folder, 'segments', file);
      mkdirSync(dirname(path), { recursive: true });
      writeFileSync(path, content);
    }
    const definitions = await readDefinitionsFolder(join(folder, 'segments'));
    const published = await createLedgerActivities(deps).publishDefinitions({
      author: 'test',
      owner: null,
      definitions,
    });
    await allowWrites(config);
    const runId = await run(LOYALTY_SLOT);

    expect(report.filter(({ outcome }) => outcome === 'carried over')).toHaveLength(1 + SPENDERS);
    expect(report.filter(({ outcome }) => outcome !== 'carried over')).toMatchObject([
      {
        subject: 'live segment "Bad"',
        notes: [expect.stringMatching(/SmsAction is not run/), expect.anything()],
      },
    ]);
    expect(published).toMatchObject({ live: { length: 1 + SPENDERS }, problems: [], complete: true });
    const record = await stores.operations.run(runId);
    const after = await readAll();
    const wanted = new Map(shoppers.map((each) => [each.id, wantedSegments(each)]));
    const changed = shoppers.filter(({ id, segments }) => !isSame(segments, wanted.get(id)));
    expect(record).toMatchObject({
      state: 'completed',
      profiles: PROFILES,
      totals: { changed: changed.length, setAside: 0 },
      segments: { length: 1 + SPENDERS },
    });
    expect(
      shoppers.filter(({ id }) => !isSame(after.get(id)?.source.segments ?? [], wanted.get(id))),
    ).toEqual([]);
    const isChanged = new Set(changed.map(({ id }) => id));
    for (const [index, { id, traits, data, metadata }] of shoppers.entries()) {
      const { index: month, source } = after.get(id) ?? {};
      expect(month).toBe(monthOf(index));
      expect(source).toMatchObject({ traits, data, metadata });
      expect(source?.metadata.time.segmentation !== undefined).toBe(isChanged.has(id));
      expect(source?.metadata.aux?.strata !== undefined).toBe(isChanged.has(id));
    }
  });

  test('and a second run of the same changes nothing', async () => {
    const before = await readAll();

    const runId = await run('2036-11-16T10:00:00.000Z');

    expect(await stores.operations.run(runId)).toMatchObject({ state: 'completed', totals: { changed: 0 } });
    expect(await readAll()).toEqual(before);
  });
});

function wantedSegments(each: Shopper): ReadonlySet<string> {
  const after = new Set(expectedSegments(each));
  for (let index = 0; index < SPENDERS; index += 1)
    if (each.traits.spent >= index * 10) after.add(`Spent ${index}`);
  return after;
}

function isSame(found: readonly string[], wanted: ReadonlySet<string> | undefined): boolean {
  return wanted !== undefined && found.length === wanted.size && found.every((value) => wanted.has(value));
}
