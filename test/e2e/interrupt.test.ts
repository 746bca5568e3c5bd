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

  const strataOf = (args: readonly string[], env: Readonly<Record<string, string>> = {}): Child =>
    startChild(process.execPath, ['--import', 'tsx', 'src/cli/main.ts', ...args, '--data', data], {
      cwd: ROOT,
      env: { STRATA_API_PORT: '0', ...env },
    });
  const up = (): Child => strataOf(['up']);

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

  test('on `up` ends a run that waits beside it with one line, and the run is there to go on', async () => {
    // Its batches would take an hour, so that there is something to wait for.
    const strata = strataOf(['up'], { STRATA_BATCHES_PER_SECOND: '0.001' });
    await strata.untilSaid(/run live\//);
    const waiting = strataOf(['run', 'live', '--segment', 'big-spender']);
    const [, runId = ''] = await waiting.untilSaid(/^run (live\/manual\/\S+)$/m);

    strata.kill('SIGTERM');
    await strata.ended;

    expect(await waiting.ended).toBe(130);
    expect(waiting.stdout()).toBe('');
    expect(waiting.stderr().trim().split('\n').at(-1)).toBe(
      `strata: The Temporal server has ended, and with it the waiting. The run goes on where it stood at the next start of Strata; \`strata runs ${runId}\` shows it.`,
    );
    expect(waiting.stderr()).not.toMatch(/^ {4}at /m);
  });
});
