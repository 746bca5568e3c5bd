import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { readConfig } from '../../src/config.ts';
import { connectElastic } from '../../src/workers/open-profiles.ts';
import { openStores } from '../../src/workers/open-stores.ts';
import { finish } from '../e2e/fresh-copy.ts';
import { killChildren, startChild } from '../support/child.ts';
import { describeWithTemporalAndElastic, sharedElastic, uniqueIndex } from '../support/elastic.ts';
import { sharedServer } from '../support/temporal.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));

describeWithTemporalAndElastic('a profile index that there is not', () => {
  const index = uniqueIndex('custmers');
  const env = {
    ELASTIC_HOST: sharedElastic().url,
    ELASTIC_PROFILE_INDEX: index,
    ELASTIC_INDEX_REPLICAS: '0',
  };
  let folder: string;

  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'strata-missing-index-'));
  });

  afterAll(async () => {
    await killChildren();
    rmSync(folder, { recursive: true, force: true });
  });

  async function isThere(): Promise<boolean> {
    const client = connectElastic(readConfig(env));
    const exists = await client.indices.exists({ index });
    await client.close();
    return exists;
  }

  test.each([
    [['members', 'gold']],
    [['explain-plan', 'gold']],
    [['changes', 'gold']],
    [['segments']],
    [['run', 'live', '--yes']],
    [['schedules', 'apply']],
    [['worker']],
  ])('is refused by %j with its name and what to do, and not made', async (args) => {
    const data = join(folder, args.join('-'));

    const { code, stdout, stderr } = await finish(
      process.execPath,
      ['--import', 'tsx', 'src/cli/main.ts', ...args, '--data', data],
      { cwd: ROOT, env },
    );

    expect({ code, stdout, stderr }).toEqual({
      code: 2,
      stdout: '',
      stderr: `strata: Elasticsearch has no index and no alias "${index}" (or it is empty). ELASTIC_PROFILE_INDEX decides the name. If profiles are to be kept in a new index of that name, \`strata up\` makes it.\n`,
    });
    expect(await isThere()).toBe(false);
  });

  test('does not matter to an import, which Elasticsearch does not take', async () => {
    const { code, stdout, stderr } = await finish(
      process.execPath,
      ['--import', 'tsx', 'src/cli/main.ts', 'import', 'transactions', 'purchases.csv', '--data', folder],
      { cwd: ROOT, env: { ...env, ELASTIC_HOST: 'http://127.0.0.1:1' } },
    );

    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toMatch(/^strata: Nothing was imported: [^\n]* unset ELASTIC_HOST\.\n$/);
  });

  test('is made by a worker only under the name that it has by default', async () => {
    const worker = startChild(
      process.execPath,
      ['--import', 'tsx', 'src/cli/main.ts', 'worker', '--data', join(folder, 'default')],
      {
        cwd: ROOT,
        env: {
          ...env,
          ELASTIC_PROFILE_INDEX: '',
          STRATA_ENV: uniqueIndex('default'),
          STRATA_API_PORT: '0',
          TEMPORAL_ADDRESS: sharedServer().address,
        },
      },
    );
    await worker.untilSaid(/working for environment/);
    worker.kill('SIGTERM');

    expect(await worker.ended).toBe(0);
    const client = connectElastic(readConfig(env));
    expect(await client.indices.delete({ index: 'strata-profiles' })).toMatchObject({ acknowledged: true });
    await client.close();
  });

  test('is made by who may make it', async () => {
    const stores = await openStores(readConfig({ ...env, STRATA_DATA: folder }), { makesIndex: true });
    await stores.close();

    expect(await isThere()).toBe(true);
    const client = connectElastic(readConfig(env));
    await client.indices.delete({ index });
    await client.close();
  });
});
