import { afterAll, beforeAll, expect, test } from 'vitest';
import type { DefinitionSource } from '../../src/domain/definition.ts';
import { RunFailed } from '../../src/domain/errors.ts';
import { createGate } from '../support/gate.ts';
import { startInProcess, type InProcess } from '../support/in-process.ts';
import { describeWithTemporal } from '../support/temporal.ts';

/** Enough for two batches. */
const PROFILES = 20_000;
const [MONDAY, TUESDAY, WEDNESDAY] = ['2036-11-16', '2036-11-17', '2036-11-18'].map(
  (day) => `${day}T09:00:00.000Z`,
);

function live(id: string, condition: string, rest = ''): DefinitionSource {
  return { file: `${id}.yaml`, content: `id: ${id}\nkind: live\ncondition: ${condition}\n${rest}` };
}

describeWithTemporal('a run', () => {
  let strata: InProcess;
  /** Writes wait here while a test has shut it. */
  let door = createGate();

  beforeAll(async () => {
    door.open();
    strata = await startInProcess({
      through: (profiles) => ({
        ...profiles,
        writeChanges: async (request) => {
          await door.wait();
          return profiles.writeChanges(request);
        },
      }),
    });
    await strata.stores.putProfiles(
      Array.from({ length: PROFILES }, (_, index) => ({
        id: `p-${String(index).padStart(5, '0')}`,
        rank: index,
      })),
    );
  });

  afterAll(() => strata.stop());

  const countMembers = async (id: string): Promise<number> => {
    const [members = -1] = await strata.stores.profiles.countMembers([[id]]);
    return members;
  };
  const countLogged = async (runId: string): Promise<number> => {
    const changes = await strata.stores.ledger.countChanges(runId);
    return changes.reduce((sum, { entered, left }) => sum + entered + left, 0);
  };

  test('keeps the definitions it began with when they are published again in its middle; the next run has the new ones', async () => {
    await strata.apply([live('edited', 'profile@rank < 15000')]);
    door = createGate();
    const run = await strata.control.startRun({ slot: MONDAY, window: 1 });
    await expect
      .poll(() => run.progress(), { timeout: 20_000 })
      .toMatchObject({ batches: 2, batchesDone: 0 });

    const { published } = await strata.apply([live('edited', 'profile@rank >= 15000')]);
    door.open();
    await run.result();

    const before = await strata.stores.operations.run(run.runId);
    expect(before.definitions).not.toBe(published.hash);
    expect(before).toMatchObject({
      state: 'completed',
      segments: [{ members: 15_000, entered: 15_000, left: 0 }],
    });
    expect(await strata.run({ slot: TUESDAY })).toMatchObject({
      definitions: published.hash,
      segments: [{ members: 5_000, entered: 5_000, left: 15_000 }],
    });
  });

  test('for a slot in the past says superseded and writes nothing; with force it writes', async () => {
    await strata.apply([live('late', 'profile@rank < 100')]);
    await strata.run({ slot: WEDNESDAY });
    await strata.apply([live('late', 'profile@rank < 300')]);

    const late = await strata.run({ slot: TUESDAY });
    expect(late).toMatchObject({
      state: 'superseded',
      superseded: ['late'],
      segments: [{ members: 100, entered: 0, left: 0 }],
    });
    expect(await countLogged(late.runId)).toBe(0);
    expect(await countMembers('late')).toBe(100);

    expect(await strata.run({ slot: TUESDAY, force: true })).toMatchObject({
      state: 'completed',
      segments: [{ members: 300, entered: 200, left: 0 }],
    });
  });

  test('whose segment would grow beyond its limit is held: it says why and writes nothing, for no segment', async () => {
    const free = live('free', 'profile@rank < 10');
    await strata.apply([live('limited', 'profile@rank < 100')]);
    await strata.run({ slot: WEDNESDAY });
    await strata.apply([free, live('limited', 'profile@rank < 200', 'maxGrowth: 50%\n')]);

    const held = await strata.run({ slot: WEDNESDAY });

    expect(held).toMatchObject({
      state: 'held',
      reason: 'limited would grow by 100% from 100 to 200, more than maxGrowth 50%',
      segments: [
        { id: 'free', members: 0, entered: 0 },
        { id: 'limited', members: 100, entered: 0 },
      ],
    });
    expect(await countLogged(held.runId)).toBe(0);
    expect(held.failedBatches).toBe(0);
    await expect(strata.control.retryRun(held.runId)).rejects.toThrow(
      /was held and wrote nothing: limited would grow/,
    );
    expect(await strata.run({ slot: WEDNESDAY, force: true })).toMatchObject({
      state: 'completed',
      segments: [
        { id: 'free', members: 10 },
        { id: 'limited', members: 200 },
      ],
    });
  });

  test('within its limits is counted first and then written', async () => {
    await strata.apply([live('careful', 'profile@rank < 100')]);
    await strata.run({ slot: WEDNESDAY });
    await strata.apply([live('careful', 'profile@rank < 140', 'maxGrowth: 50%\n')]);

    expect(await strata.run({ slot: WEDNESDAY })).toMatchObject({
      state: 'completed',
      segments: [{ members: 140, entered: 40, left: 0 }],
    });
  });

  test('in count mode tells what would change, with examples, and writes nothing', async () => {
    await strata.apply([live('dry', 'profile@rank < 30')]);

    const counted = await strata.run({ slot: WEDNESDAY, mode: 'count' });

    expect(counted).toMatchObject({ state: 'completed', segments: [{ members: 0, entered: 30, left: 0 }] });
    expect(counted.sample[0]).toEqual({ id: 'p-00000', entered: ['dry'], left: [], segments: ['dry'] });
    expect(await countLogged(counted.runId)).toBe(0);
    expect(await countMembers('dry')).toBe(0);
  });

  test('in audit mode passes every profile, finds no drift and writes nothing', async () => {
    await strata.apply([live('audited', 'profile@rank < 30')]);
    await strata.run({ slot: WEDNESDAY });
    await strata.apply([live('audited', 'profile@rank < 50')]);

    const audit = await strata.run({ slot: WEDNESDAY, mode: 'audit' });

    expect(audit).toMatchObject({
      state: 'completed',
      totals: { passed: PROFILES, evaluated: PROFILES, drift: 0 },
    });
    expect(await countMembers('audited')).toBe(30);
  });

  test('of a segment that nobody has defined fails with one message', async () => {
    await strata.apply([live('known', 'profile@rank < 30')]);

    const failed = strata.run({ segmentIds: ['unknown'] });

    await expect(failed).rejects.toBeInstanceOf(RunFailed);
    await expect(failed).rejects.toThrow('No published definition has the id "unknown"');
  });
});
