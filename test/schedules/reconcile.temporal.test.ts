import { randomUUID } from 'node:crypto';
import { Client, Connection } from '@temporalio/client';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { describeSteps } from '../../src/cli/apply.ts';
import { Segment, type LiveSegment } from '../../src/domain/segment.ts';
import { desiredSchedules, type DesiredSchedule } from '../../src/schedules/desired.ts';
import { applyReconcile, planReconcile } from '../../src/schedules/reconcile.ts';
import { describeWithTemporal, sharedServer } from '../support/temporal.ts';

describeWithTemporal('reconcile', () => {
  let client: Client;

  beforeAll(async () => {
    client = new Client({ connection: await Connection.connect({ address: sharedServer().address }) });
  });

  afterAll(() => client.connection.close());

  /** An environment of its own, so that tests never see each other's schedules. */
  function anEnvironment() {
    const environment = `test-${randomUUID().slice(0, 8)}`;
    const options = { environment, prune: false, keepOrphans: false };
    const desired = (...segments: LiveSegment[]) =>
      desiredSchedules(segments, { environment, window: 4, now: new Date('2026-11-20T09:00:00Z') });
    const reconcile = async (
      schedules: readonly DesiredSchedule[],
      changed: Partial<typeof options> = {},
    ) => {
      const plan = await planReconcile(client, schedules, { ...options, ...changed });
      await applyReconcile(client, plan);
      return plan.steps.map((step) => [
        step.kind,
        'schedule' in step ? step.schedule.scheduleId : step.scheduleId,
      ]);
    };
    /** Listing lags behind: wait until the server shows what was made. */
    const listed = async (count: number) => {
      await expect
        .poll(async () => {
          const ids = [];
          for await (const { scheduleId } of client.schedule.list())
            if (scheduleId.startsWith(`${environment}/`)) ids.push(scheduleId);
          return ids.length;
        })
        .toBe(count);
    };
    return { environment, desired, reconcile, listed };
  }

  test('creates what is missing and changes nothing the second time', async () => {
    const { environment, desired, reconcile } = anEnvironment();
    const schedules = desired(live('a'));

    expect(await reconcile(schedules)).toEqual([
      ['create', `${environment}/live/every-1h`],
      ['create', `${environment}/audit/live`],
    ]);
    expect((await reconcile(schedules)).map(([kind]) => kind)).toEqual(['unchanged', 'unchanged']);
  });

  test('two processes that apply at once, from plans that both create, end with the same schedules', async () => {
    const { environment, desired, reconcile } = anEnvironment();
    const schedules = desired(live('a'));
    const plan = await planReconcile(client, schedules, { environment, prune: false, keepOrphans: false });

    await Promise.all([applyReconcile(client, plan), applyReconcile(client, plan)]);

    expect((await reconcile(schedules)).map(([kind]) => kind)).toEqual(['unchanged', 'unchanged']);
  });

  test("an operator's pause and note survive an update", async () => {
    const { environment, desired, reconcile } = anEnvironment();
    const [schedule] = desired(live('a'));
    if (schedule === undefined) throw new Error('nothing desired');
    await reconcile([schedule]);
    const handle = client.schedule.getHandle(`${environment}/live/every-1h`);
    await handle.pause('on call: the store is being moved');

    const steps = await reconcile([
      { ...schedule, policies: { ...schedule.policies, catchupWindow: '2 hours' } },
    ]);

    const { state, policies } = await handle.describe();
    expect(steps).toEqual([['update', `${environment}/live/every-1h`]]);
    expect(state).toMatchObject({ paused: true, note: 'on call: the store is being moved' });
    expect(policies.catchupWindow).toBe(7_200_000);
    const again = await planReconcile(client, desired(live('a')), {
      environment,
      prune: false,
      keepOrphans: false,
    });
    expect(describeSteps(again.steps).join()).toContain('stays paused: on call: the store is being moved');
  });

  test('what no definition asks for is paused, deleted only with prune, and revived when asked for again', async () => {
    const { environment, desired, reconcile, listed } = anEnvironment();
    const both = desired(live('a'), live('b', { every: '15m' }));
    const one = desired(live('a'));
    const orphan = client.schedule.getHandle(`${environment}/live/every-15m`);
    await reconcile(both);
    await listed(3);

    await reconcile(one);
    expect((await orphan.describe()).state.paused).toBe(true);

    await reconcile(both);
    expect((await orphan.describe()).state).toMatchObject({ paused: false, note: '' });

    await reconcile(one, { prune: true });
    await expect(orphan.describe()).rejects.toThrow();
  });

  test('while a definition does not load nothing that looks like an orphan is touched', async () => {
    const { environment, desired, reconcile, listed } = anEnvironment();
    await reconcile(desired(live('a'), live('b', { every: '15m' })));
    await listed(3);

    const steps = await reconcile(desired(live('a')), { keepOrphans: true, prune: true });

    expect(steps).toContainEqual(['orphan', `${environment}/live/every-15m`]);
    expect((await client.schedule.getHandle(`${environment}/live/every-15m`).describe()).state.paused).toBe(
      false,
    );
  });

  test("another environment's schedules are never touched", async () => {
    const theirs = anEnvironment();
    const ours = anEnvironment();
    await theirs.reconcile(theirs.desired(live('a')));
    await theirs.listed(2);

    expect(await ours.reconcile([], { prune: true })).toEqual([]);
    expect(
      (await client.schedule.getHandle(`${theirs.environment}/live/every-1h`).describe()).state.paused,
    ).toBe(false);
  });
});

function live(id: string, fields: Record<string, unknown> = {}): LiveSegment {
  const segment = Segment.parse({ kind: 'live', id, condition: 'profile@a == 1', ...fields });
  if (segment.kind !== 'live') throw new Error('not live');
  return segment;
}
