import { isDeepStrictEqual } from 'node:util';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { DefinitionSource } from '../../src/domain/definition.ts';
import { startInProcess, type InProcess } from '../support/in-process.ts';
import {
  expectedSegments,
  flowDefinition,
  hasAddress,
  LOYALTY_SLOT,
  loyaltyFlow,
  shopper,
  spenderFlow,
} from '../support/loyalty.ts';
import { readAllProfiles } from '../support/stored-profiles.ts';
import { describeWithTemporal } from '../support/temporal.ts';

/** Enough for two batches. */
const PROFILES = 20_000;

function loyalty(given: { gold?: number; saves?: boolean } = {}): DefinitionSource {
  return flowDefinition('loyalty', loyaltyFlow(given));
}

function spender(id: string, least: number, node?: string): DefinitionSource {
  return flowDefinition(id, spenderFlow(id, least, node));
}

describeWithTemporal('a flow segment', () => {
  let strata: InProcess;
  const shoppers = Array.from({ length: PROFILES }, (_, index) => shopper(index));

  beforeAll(async () => {
    strata = await startInProcess();
    await strata.stores.putProfiles(shoppers.map((each) => ({ ...each })));
  });

  afterAll(() => strata.stop());

  test('that does not reach "Update profile" runs, warns and writes nothing', async () => {
    const { checked } = await strata.apply([loyalty({ saves: false })]);

    expect(checked.warnings.map(({ message }) => message)).toEqual([
      expect.stringContaining('no "Update profile" is reached'),
    ]);
    expect(await strata.run({ slot: '2036-11-15T09:00:00.000Z' })).toMatchObject({
      state: 'completed',
      profiles: PROFILES,
      // Whoever has no address is not looked at: that is what stands between the start and everything else.
      totals: { evaluated: shoppers.filter(hasAddress).length, changed: 0 },
    });
  });

  test('makes of every profile what its nodes say, once, and logs it', async () => {
    await strata.apply([loyalty()]);

    const run = await strata.run({ slot: LOYALTY_SLOT });

    const stored = new Map(
      (await readAllProfiles(strata.stores.profiles)).map(({ id, segments }) => [id, segments]),
    );
    const wrong = shoppers.flatMap((each) => {
      const [wanted, found] = [[...expectedSegments(each)].toSorted(), stored.get(each.id)?.toSorted()];
      return isDeepStrictEqual(found, wanted) ? [] : [{ id: each.id, found, wanted }];
    });
    const changed = shoppers.filter((each) => {
      const wanted = expectedSegments(each);
      return wanted.size !== each.segments.length || each.segments.some((value) => !wanted.has(value));
    });
    expect(run).toMatchObject({ state: 'completed', totals: { changed: changed.length } });
    expect(wrong).toEqual([]);
    expect(await strata.run({ slot: LOYALTY_SLOT })).toMatchObject({ totals: { changed: 0 } });
  });

  test('is explained node by node: what ran, where it led, what it did', async () => {
    await strata.apply([loyalty()]);

    const { flow } = await strata.stores.operations.explain('loyalty', 'p-00001', { slot: LOYALTY_SLOT });

    expect(flow).toMatchObject({ saved: true });
    expect(flow?.nodes.map(({ id, ports }) => [id, ...ports])).toEqual([
      ['start', 'payload'],
      ['known', 'true'],
      ['tier', 'false'],
      ['visit', 'visit'],
      ['away', 'false'],
      ['back', 'False'],
      ['save'],
    ]);
  });

  test('is one of 150 definitions that are all applied, with a bad one among them that is told', async () => {
    const flows = Array.from({ length: 74 }, (_, index) => spender(`flow-${index}`, index * 25));
    const conditions = Array.from({ length: 75 }, (_, index): DefinitionSource => ({
      file: `condition-${index}.yaml`,
      content: `id: condition-${index}\nkind: live\ncondition: profile@traits.spent >= ${index * 25}\n`,
    }));
    const bad = spender('bad', 0, 'SmsAction');

    const { checked } = await strata.apply([loyalty(), ...flows, bad, ...conditions]);
    const run = await strata.run({ slot: '2036-11-17T09:00:00.000Z' });

    expect(checked.problems).toMatchObject([
      { file: 'flows/bad.json', message: expect.stringContaining('SmsAction is not run') },
    ]);
    expect(run.leftOut.map(({ id }) => id)).toEqual(['bad']);
    expect(run).toMatchObject({ state: 'completed', segments: { length: 150 } });
    const spenders = (least: number): number => shoppers.filter(({ traits }) => traits.spent >= least).length;
    for (const { id, members, entered } of run.segments.filter(({ id }) => id !== 'loyalty')) {
      const expected = spenders(25 * Number(id.split('-')[1]));
      expect([id, members, entered]).toEqual([id, expected, expected]);
    }
  });

  test('is a new version of the set when its flow file is edited, and only then', async () => {
    const { published: first } = await strata.apply([loyalty()]);
    const { published: same } = await strata.apply([loyalty()]);
    const { published: edited } = await strata.apply([loyalty({ gold: 1500 })]);

    expect(same).toMatchObject({ hash: first.hash, changed: false });
    expect(edited).toMatchObject({ changed: true });
    expect(edited.hash).not.toBe(first.hash);
  });
});
