import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Client, Connection } from '@temporalio/client';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { RunProgress } from '../../src/client.ts';
import { type Child, killChildren, startChild } from '../support/child.ts';
import { killServerOf, readUp } from '../support/running-up.ts';
import { describeWithTemporal } from '../support/temporal.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));

describeWithTemporal('the first run of `up`, cancelled in Temporal', () => {
  let data: string;

  beforeEach(() => {
    data = mkdtempSync(join(tmpdir(), 'strata-cancelled-'));
  });

  afterEach(async () => {
    await killChildren();
    killServerOf(data);
    rmSync(data, { recursive: true, force: true });
  });

  /** Its batches would take an hour, so there is one to cancel. */
  const up = (...args: readonly string[]): Child =>
    startChild(process.execPath, ['--import', 'tsx', 'src/cli/main.ts', 'up', '--data', data, ...args], {
      cwd: ROOT,
      env: { STRATA_API_PORT: '0', STRATA_BATCHES_PER_SECOND: '0.001' },
    });

  async function cancelRun(strata: Child): Promise<void> {
    const [, runId = ''] = await strata.untilSaid(/^run (live\/manual\/\S+)$/m);
    const { temporal } = await readUp(data);
    const connection = await Connection.connect({ address: temporal });
    const run = new Client({ connection }).workflow.getHandle(`default/${runId}`);
    await expect
      .poll(async () => (await run.query<RunProgress>('progress')).batches, { timeout: 30_000 })
      .toBeGreaterThan(0);
    await run.cancel();
    await connection.close();
  }

  test('is shown as cancelled, and all else stays', async () => {
    const strata = up();

    await cancelRun(strata);
    await strata.untilSaid(/Ctrl-C stops everything/);

    expect(strata.stdout()).toMatch(/segment.*members.*entered/);
    expect(strata.stdout()).toMatch(/^cancelled: 50,000 profiles/m);
    strata.kill('SIGINT');
    expect(await strata.ended).toBe(0);
  });

  test('ends with 1 where nothing is to stay', async () => {
    const strata = up('--once');

    await cancelRun(strata);

    expect(await strata.ended).toBe(1);
    expect(strata.stdout()).toMatch(/^cancelled: 50,000 profiles/m);
  });
});
