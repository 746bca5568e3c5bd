import { afterEach, describe, expect, test, vi } from 'vitest';
import { toRoles } from '../../src/workers/roles.ts';
import { startInProcess, type InProcess } from '../support/in-process.ts';
import { describeWithTemporal } from '../support/temporal.ts';

describe('--roles', () => {
  test.each([
    ['profiles', ['profiles']],
    ['profiles, workflows', ['workflows', 'profiles']],
  ])('%s', (text, roles) => {
    expect(toRoles(text)).toEqual(roles);
  });

  test.each([
    ['profile', /There is no role "profile"; a worker has workflows, profiles. Did you mean "profiles"\?/],
    ['foo', /There is no role "foo"; a worker has workflows, profiles\.$/],
    ['workflows,', /There is no role ""/],
  ])('%s is refused', (text, message) => {
    expect(() => toRoles(text)).toThrow(message);
  });
});

describeWithTemporal('a worker of one role', () => {
  let strata: InProcess;

  afterEach(() => strata.stop());

  test('leaves batches to those who have the other, and the run says that it waits for them', async () => {
    strata = await startInProcess({ roles: ['workflows'] });
    await strata.stores.putProfiles(
      Array.from({ length: 10 }, (_, index) => ({ id: `p-${index}`, rank: index })),
    );
    await strata.apply([{ file: 'low.yaml', content: 'id: low\nkind: live\ncondition: profile@rank < 4\n' }]);

    const run = await strata.control.startRun({ slot: '2036-11-20T09:00:00.000Z' });
    await vi.waitFor(
      async () =>
        expect((await run.progress()).waiting).toMatch(/no worker polls the task queue ".*-profiles"/),
      { timeout: 20_000, interval: 200 },
    );

    await strata.work(['profiles']);
    await run.result();
    expect(await strata.stores.operations.run(run.runId)).toMatchObject({
      state: 'completed',
      segments: [{ id: 'low', members: 4, entered: 4 }],
    });
  });
});
