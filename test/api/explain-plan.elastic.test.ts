import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { apiOf } from '../support/api.ts';
import { createHttpOperations } from '../../src/api/http-operations.ts';
import { serveApi, type ApiServer } from '../../src/api/serve.ts';
import { planLines } from '../../src/cli/plan-lines.ts';
import { readConfig } from '../../src/config.ts';
import { InvalidSegment } from '../../src/domain/errors.ts';
import { connectElastic } from '../../src/workers/open-profiles.ts';
import { openStores, type Stores } from '../../src/workers/open-stores.ts';
import { describeWithElastic, sharedElastic, uniqueIndex } from '../support/elastic.ts';

const PROPERTIES = {
  id: { type: 'keyword' },
  country: { type: 'keyword' },
  visits: { type: 'long' },
  misc: { type: 'object', enabled: false },
  segments: { type: 'keyword' },
} as const;

const SEGMENTS: Readonly<Record<string, string>> = {
  germans: 'condition: profile@country == "DE"',
  'busy-germans': 'mode: add\ncondition: profile@country == "DE" AND profile@visits > 10',
  hidden: 'condition: profile@misc.x == 1',
  tiers:
    'workflow:\n  filter: profile@country == "FR"\n  steps:\n    - when: profile@misc.x == 1\n      then: [{ add: gold }]',
  asked: 'query: country:FR AND visits:[10 TO *]',
  refused: 'query: visits:many',
  everyone: 'workflow:\n  steps:\n    - then: [{ add: all }]',
};

describeWithElastic('the plan of a segment on an index that Strata did not make', () => {
  let folder: string;
  let stores: Stores;
  let server: ApiServer;

  const index = uniqueIndex('plans');

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'strata-plans-'));
    const config = readConfig({
      STRATA_DATA: folder,
      ELASTIC_HOST: sharedElastic().url,
      ELASTIC_PROFILE_INDEX: index,
    });
    const client = connectElastic(config);
    await client.indices.create({ index, mappings: { properties: PROPERTIES } });
    const documents = Array.from({ length: 200 }, (_, rank) => ({
      id: `p${rank}`,
      country: rank < 20 ? 'DE' : 'FR',
      visits: rank % 20,
      // Five who are members and stay, five who leave.
      segments: rank >= 15 && rank < 25 ? ['germans'] : [],
    }));
    await client.bulk({
      index,
      refresh: true,
      operations: documents.flatMap((document) => [{ index: { _id: document.id } }, document]),
    });
    await client.close();
    stores = await openStores(config);
    await stores.ledger.publishDefinitions({
      hash: 'one',
      author: 'test',
      publishedAt: '2026-11-20T09:00:00.000Z',
      definitions: Object.entries(SEGMENTS).map(([id, rest]) => ({
        id,
        owner: '',
        file: `${id}.yaml`,
        content: `id: ${id}\nkind: live\n${rest}\n`,
      })),
    });
    server = await serveApi(apiOf(stores), { host: '127.0.0.1', port: 0, report: () => undefined });
  });

  afterAll(async () => {
    await server.stop();
    await stores.close();
    rmSync(folder, { recursive: true, force: true });
    const client = connectElastic(readConfig({ ELASTIC_HOST: sharedElastic().url }));
    await client.indices.delete({ index });
    await client.close();
  });

  test.each([
    ['germans', 20, ['condition: exact; evaluates profiles that enter or leave, and no others']],
    [
      // One of them has 10 visits: to the index 10.7 is that, too.
      'busy-germans',
      10,
      [
        'condition: bounded; evaluates profiles outside of the segment that may match',
        '  all of: bounded',
        '    profile@country == "DE": exact',
        '    profile@visits > 10: bounded (texts such as "12" are indexed as numbers, fractions are cut off)',
      ],
    ],
    [
      'hidden',
      200,
      [
        'condition: full scan; evaluates every profile',
        '  profile@misc.x == 1: full scan (the index does not look inside misc)',
      ],
    ],
    [
      'asked',
      90,
      [
        'query: exact; evaluates profiles that enter or leave, and no others',
        '  country:FR AND visits:[10 TO *]: exact',
      ],
    ],
    ['tiers', 180, ['filter: exact; evaluates profiles that the filter may let through']],
    [
      'everyone',
      200,
      ['filter: full scan; evaluates every profile', '  nothing is asked of a profile before its steps'],
    ],
  ])('%s costs %i of 200 profiles, and says why', async (id, candidates, lines) => {
    const plan = await createHttpOperations(server.url).explainPlan(id);

    const { slot } = plan;
    expect(plan).toEqual({ ...(await stores.operations.explainPlan(id)), slot });
    expect(plan).toMatchObject({ id, profiles: 200, candidates });
    const [first, ...others] = planLines(plan);
    expect(first).toContain(`${id}: a run for ${slot} evaluates ${candidates} of 200 profiles`);
    expect(others.slice(0, lines.length).map((line) => line.slice(2))).toEqual(lines);
  });

  test('of a query that the server refuses there is none, and the reason is told', async () => {
    await expect(createHttpOperations(server.url).explainPlan('refused')).rejects.toThrow(
      /^Segment "refused" is not computed: Elasticsearch refuses its query: .*"many"/,
    );
  });

  test('a definition that is not published is asked about as it is, and refused where it does not load', async () => {
    const operations = createHttpOperations(server.url);
    const ask = (rest: string) =>
      operations.explainPlanOf({ file: 'new.yaml', content: `id: new\nkind: live\n${rest}\n` });

    expect(await ask('condition: profile@country == "DE"')).toMatchObject({ id: 'new', candidates: 20 });
    const refused = ask('condition: profile@country = = "DE"');
    await expect(refused).rejects.toBeInstanceOf(InvalidSegment);
    await expect(refused).rejects.toThrow(/^new\.yaml:3:/);
  });
});
