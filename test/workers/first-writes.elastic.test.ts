import type { Client } from '@elastic/elasticsearch';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { readConfig } from '../../src/config.ts';
import type { DefinitionSource } from '../../src/domain/definition.ts';
import type { RunRecord } from '../../src/domain/run.ts';
import { allowWrites, connectElastic } from '../../src/workers/open-profiles.ts';
import { describeWithTemporalAndElastic, sharedElastic, uniqueIndex } from '../support/elastic.ts';
import { startInProcess, type InProcess } from '../support/in-process.ts';

const LONG = 'spends more than others';

/** Once a year: only what a test starts is met. */
function live(id: string, rest: string): DefinitionSource {
  return { file: `${id}.yaml`, content: `id: ${id}\nkind: live\ncron: '0 3 1 1 *'\n${rest}\n` };
}

describeWithTemporalAndElastic('an index that Strata has never written', () => {
  const index = uniqueIndex('customers');
  const env = { ELASTIC_HOST: sharedElastic().url, ELASTIC_PROFILE_INDEX: index };
  const config = readConfig(env);
  let client: Client;
  let strata: InProcess;

  beforeAll(async () => {
    client = connectElastic(config);
    const short = { type: 'keyword', ignore_above: 12 } as const;
    await client.indices.create({
      index,
      settings: { number_of_replicas: 0 },
      mappings: {
        properties: { id: { type: 'keyword' }, segments: { type: 'text', fields: { exact: short } } },
      },
    });
    const documents = [1, 2, 3, 4].map((rank) => ({ id: `p-${rank}`, rank, segments: ['foreign'] }));
    await client.bulk({
      index,
      refresh: true,
      operations: documents.flatMap((document) => [{ index: { _id: document.id } }, document]),
    });
    strata = await startInProcess({ env });
  });

  afterAll(async () => {
    await strata.stop();
    await client.indices.delete({ index });
    await client.close();
  });

  async function runOfSchedule(): Promise<RunRecord> {
    const schedule = (await strata.schedules()).find((id) => id.startsWith('live/'));
    await strata.trigger(schedule ?? '');
    return vi.waitFor(
      async () => {
        const [run] = await strata.stores.ledger.readRuns({ limit: 1 });
        if (run === undefined || run.endedAt === null) throw new Error('no run has ended yet');
        return run;
      },
      { timeout: 20_000, interval: 100 },
    );
  }

  test('refuses by name a value that its mapping would leave out, and the others are applied', async () => {
    const applied = await strata.apply([
      live('low', 'condition: profile@rank < 3'),
      live('fits', "condition: profile@rank == 4\nvalue: '123456789 12'"),
      live('spender', `value: ${LONG}\ncondition: profile@rank > 2`),
      live('tiers', `workflow:\n  steps:\n    - when: profile@rank > 3\n      then: [{ add: ${LONG}! }]`),
    ]);

    const message = (value: string): string =>
      `value "${value}" has ${value.length} characters, and the index ${index} leaves values of more than 12 out of segments.exact (ignore_above): ` +
      'profiles would carry it, and nobody would be found as its member. Write a shorter value, or raise ignore_above in the mapping and start the workers again';
    expect(applied.checked.problems).toEqual([
      { file: 'spender.yaml', line: 4, column: 1, message: message(LONG) },
      { file: 'tiers.yaml', line: 1, column: 1, message: message(`${LONG}!`) },
    ]);
    expect((await strata.stores.operations.segments()).map(({ id }) => id)).toEqual(['fits', 'low']);
  });

  test('is not written by a scheduled run, which fails and says what allows it', async () => {
    const run = await runOfSchedule();

    expect(run).toMatchObject({
      state: 'failed',
      reason: expect.stringContaining(
        `The profiles in "${index}" have never been written by Strata. See what would change with \`strata run live --dry-run\`, then allow it with \`strata run live --yes\`.`,
      ),
    });
    expect((await strata.stores.profiles.readProfile('p-1'))?.segments).toEqual(['foreign']);
  });

  test('is written once somebody has allowed it, but for the segment left out', async () => {
    await allowWrites({ ...config, STRATA_ENV: strata.environment });
    const run = await strata.run();

    expect(run).toMatchObject({ state: 'completed', segmentIds: ['fits', 'low'] });
    expect(run.leftOut.map(({ id, reason }) => [id, reason.includes('has 23 characters')])).toEqual([
      ['spender', true],
      ['tiers', false],
    ]);
    expect(await strata.stores.profiles.countMembers([['low'], ['123456789 12'], ['foreign']])).toEqual([
      2, 1, 4,
    ]);
  });
});
