import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Client, Connection } from '@temporalio/client';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { sampleShoppers } from '../../src/domain/sample-shoppers.ts';
import { readConfig } from '../../src/config.ts';
import { freePort } from '../../src/temporal-server/ports.ts';
import { applyDefinitions } from '../../src/schedules/apply.ts';
import { openStores } from '../../src/workers/open-stores.ts';
import { killChildren, startChild } from '../support/child.ts';
import { startWorkerProcess, type StrataProcess } from '../support/strata-process.ts';
import { describeWithTemporal, sharedServer } from '../support/temporal.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const ENVIRONMENT = 'example';

describeWithTemporal('examples/refresh-and-ask.ts, beside a running worker', () => {
  let folder: string;
  let worker: StrataProcess;

  beforeAll(async () => {
    const { address } = sharedServer();
    folder = mkdtempSync(join(tmpdir(), 'strata-example-'));
    const data = join(folder, 'data');
    const stores = await openStores(readConfig({ STRATA_DATA: data, STRATA_ENV: ENVIRONMENT }));
    await stores.putProfiles(sampleShoppers(1_000, { now: Date.parse('2026-11-20T09:00:00Z') }));
    await stores.close();
    worker = await startWorkerProcess({ TEMPORAL_ADDRESS: address, STRATA_ENV: ENVIRONMENT }, data);
    const client = new Client({ connection: await Connection.connect({ address }) });
    await applyDefinitions(
      client,
      [{ file: 'a.yaml', content: 'id: big-spender\nkind: live\ncondition: profile@stats.spend > 500\n' }],
      { environment: ENVIRONMENT, window: 2, author: 'test', owner: null, prune: false },
    );
    await client.connection.close();
  });

  afterAll(async () => {
    await killChildren();
    rmSync(folder, { recursive: true, force: true });
  });

  const example = (...args: readonly string[]) =>
    startChild(process.execPath, ['--import', 'tsx', 'examples/refresh-and-ask.ts', ...args], {
      cwd: ROOT,
      env: { TEMPORAL_ADDRESS: sharedServer().address, STRATA_ENV: ENVIRONMENT, STRATA_API_URL: worker.api },
    });

  test('starts a run, follows it, asks for one profile and prints the first members', async () => {
    const asked = example();

    expect(await asked.ended, asked.stderr()).toBe(0);
    expect(asked.stdout().trim().split('\n')).toEqual([
      expect.stringMatching(/^started live\/manual\/\S+$/),
      expect.stringMatching(/^completed: [1-9]\d* of 1000 profiles changed$/),
      expect.stringMatching(/^shopper-000001 in big-spender: (true|false) as of 20\S+Z$/),
      expect.stringMatching(/^first members: shopper-\d{6}, shopper-\d{6}, shopper-\d{6}$/),
    ]);
  });

  test('says in one line that a segment is not defined, and ends with 1', async () => {
    const asked = example('nobody-has-defined-this');

    expect(await asked.ended).toBe(1);
    expect(asked.stderr()).toMatch(/^the run failed: [^\n]*nobody-has-defined-this[^\n]*\n$/);
  });

  test('says in one line that no Temporal server answers', async () => {
    const port = await freePort();
    const asked = startChild(process.execPath, ['--import', 'tsx', 'examples/refresh-and-ask.ts'], {
      cwd: ROOT,
      env: { TEMPORAL_ADDRESS: `127.0.0.1:${port}` },
    });

    expect(await asked.ended).toBe(1);
    expect(asked.stderr()).toMatch(
      /^no Temporal server answers at 127\.0\.0\.1:\d+ \([^\n]*ECONNREFUSED[^\n]*\)\. [^\n]*\n$/,
    );
  });
});
