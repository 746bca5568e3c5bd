import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { type Child, killChildren, startChild, stillRunning } from '../support/child.ts';
import { describeWithTemporal } from '../support/temporal.ts';
import { killServerOf, readServerPid } from '../support/running-up.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));

describeWithTemporal('Ctrl-C', () => {
  let data: string;

  beforeEach(() => {
    data = mkdtempSync(join(tmpdir(), 'strata-interrupt-'));
  });

  afterEach(async () => {
    await killChildren();
    killServerOf(data);
    rmSync(data, { recursive: true, force: true });
  });

  const up = (): Child =>
    startChild(process.execPath, ['--import', 'tsx', 'src/cli/main.ts', 'up', '--data', data], {
      cwd: ROOT,
      env: { STRATA_API_PORT: '0' },
    });

  test.each([
    ['while the server has just been started', /Temporal server at/],
    ['while sample shoppers are made', /making 50,000 sample shoppers/],
    ['in the middle of the first run', /run live\//],
  ])('%s leaves no process behind and says no stack', async (_, moment) => {
    const strata = up();
    await strata.untilSaid(moment);
    const server = readServerPid(data);

    strata.killGroup('SIGINT');

    expect(await strata.ended).toBe(130);
    expect(stillRunning([server, -strata.pid])).toEqual([]);
    expect(strata.stderr()).not.toMatch(/^ {4}at /m);
  });
});
