import { afterEach, expect, test, vi } from 'vitest';
import { RunNotFound } from '../../src/domain/errors.ts';
import { startInProcess, type InProcess } from '../support/in-process.ts';
import { describeWithTemporal } from '../support/temporal.ts';

describeWithTemporal('a handle by the id of a run', () => {
  let strata: InProcess;

  afterEach(() => strata.stop());

  test('reaches the run that a schedule has started', async () => {
    strata = await startInProcess();
    await strata.stores.putProfiles([{ id: 'p-1', rank: 1 }]);
    await strata.apply([{ file: 'low.yaml', content: 'id: low\nkind: live\ncondition: profile@rank < 4\n' }]);
    await strata.trigger('live/every-1h');
    const { runId } = await vi.waitFor(
      async () => {
        const [run] = await strata.stores.ledger.readRuns({ limit: 1 });
        if (run === undefined) throw new Error('no run yet');
        return run;
      },
      { timeout: 20_000, interval: 100 },
    );

    const handle = await strata.control.handleOf(runId);
    expect(await handle.result()).toMatchObject({ state: 'completed' });
    await expect(strata.control.handleOf('live/nobody/2026-11-20T09:00:00.000Z')).rejects.toThrow(
      RunNotFound,
    );
  });
});
