import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, onTestFinished, test } from 'vitest';
import { killChildren, startChild } from '../support/child.ts';
import { killServerOf } from '../support/running-up.ts';
import { describeWithTemporal, sharedServer } from '../support/temporal.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));

describeWithTemporal('a runtime', () => {
  test('that is stopped gives up a call that nobody waits for, and the process ends by itself', async () => {
    const data = mkdtempSync(join(tmpdir(), 'strata-runtime-'));
    onTestFinished(async () => {
      await killChildren();
      killServerOf(data);
      rmSync(data, { recursive: true, force: true });
    });
    const script = fileURLToPath(new URL('stopped-under-a-call.ts', import.meta.url));

    const child = startChild(process.execPath, ['--import', 'tsx', script], {
      cwd: ROOT,
      env: { STRATA_DATA: data, TEMPORAL_CLI_PATH: sharedServer().executable },
    });
    const code = await child.ended;

    expect(child.stderr()).not.toContain('Channel has been shut down');
    expect(code).toBe(0);
    expect(child.stderr()).toContain('stopped');
    expect(child.stdout()).toContain('UNAVAILABLE');
  });
});
