import { afterAll, beforeAll, expect, test } from 'vitest';
import type { DefinitionSource } from '../../src/domain/definition.ts';
import { toFlowFile } from '../../src/domain/flow/flow-file.ts';
import { unpackFlow } from '../../src/schedules/unpack-flow.ts';
import { startInProcess, type InProcess } from '../support/in-process.ts';
import { readAllProfiles } from '../support/stored-profiles.ts';
import { describeWithTemporal } from '../support/temporal.ts';
import { flowText } from '../support/tracardi-flows.ts';

/** Enough for two batches. */
const PROFILES = 20_000;
const SLOT = '2026-11-16T09:00:00.000Z';

/** A loyalty programme: who spends much is gold and no more silver, who has not come for a month is lapsed. */
function loyalty({ gold = 1000, saves = true } = {}): DefinitionSource {
  const text = flowText(
    [
      { id: 'start', className: 'StartSegmentationAction', init: { profile_id: '' } },
      { id: 'known', className: 'PropertyExistsAction', init: { property: 'profile@data.email' } },
      {
        id: 'tier',
        className: 'ProfileSegmentAction',
        init: {
          condition: `profile@traits.spent >= ${gold}`,
          true_action: 'add',
          true_segment: 'gold',
          false_action: 'remove',
          false_segment: 'gold',
        },
      },
      { id: 'promote', className: 'DeleteSegmentAction', init: { segment: 'silver' } },
      { id: 'visit', className: 'LastVisitAction' },
      { id: 'away', className: 'IfAction', init: { condition: 'payload@difference.days > 30' } },
      { id: 'lapsed', className: 'AddSegmentAction', init: { segment: ['Lapsed Buyer'] } },
      { id: 'back', className: 'HasSegmentAction', init: { segment: 'Lapsed Buyer' } },
      {
        id: 'returned',
        className: 'MoveSegmentAction',
        init: { from_segment: 'Lapsed Buyer', to_segment: 'returned' },
      },
      { id: 'save', className: 'UpdateProfileAction' },
    ],
    [
      'start:payload -> known',
      'known:true -> tier',
      'tier:true -> promote',
      'promote:payload -> visit',
      'tier:false -> visit',
      'visit:visit -> away',
      'away:true -> lapsed',
      'away:false -> back',
      'back:True -> returned',
      ...(saves ? (['tier:true -> save', 'tier:false -> save'] as const) : []),
    ],
  );
  const content = 'id: loyalty\nkind: live\nflow: flows/loyalty.json\n';
  return { file: 'loyalty.yaml', content, flow: toFlowFile('flows/loyalty.json', text, unpackFlow) };
}

/** Start, an If on what was spent, a segment, "Update profile". */
function spender(id: string, least: number, node = 'AddSegmentAction'): DefinitionSource {
  const file = `flows/${id}.json`;
  const text = flowText(
    [
      { id: 'start', className: 'StartSegmentationAction' },
      { id: 'if', className: 'IfAction', init: { condition: `profile@traits.spent >= ${least}` } },
      { id: 'add', className: node, init: { segment: [id] } },
      { id: 'save', className: 'UpdateProfileAction' },
    ],
    ['start:payload -> if', 'if:true -> add', 'add:payload -> save'],
  );
  const content = `id: ${id}\nkind: live\nflow: ${file}\n`;
  return { file: `${id}.yaml`, content, flow: toFlowFile(file, text, unpackFlow) };
}

interface Shopper {
  readonly id: string;
  readonly data: Readonly<Record<string, string>>;
  readonly traits: { readonly spent: number };
  readonly metadata: {
    readonly time: { readonly insert: string; readonly visit?: { readonly current: string } };
  };
  readonly segments: readonly string[];
}

function shopper(index: number): Shopper {
  const day = (back: number): string => new Date(Date.parse(SLOT) - back * 86_400_000).toISOString();
  return {
    id: `p-${String(index).padStart(5, '0')}`,
    data: index % 5 === 0 ? {} : { email: index % 7 === 0 ? '' : `p${index}@example.com` },
    traits: { spent: (index * 37) % 2000 },
    metadata: {
      time: { insert: day(400), ...(index % 11 === 0 ? {} : { visit: { current: day(index % 60) } }) },
    },
    segments: [
      'foreign',
      ...(index % 2 === 0 ? ['silver'] : []),
      ...(index % 3 === 0 ? ['gold'] : []),
      ...(index % 4 === 0 ? ['Lapsed Buyer'] : []),
    ],
  };
}

/** The same programme in plain words, without the code that runs flows. */
function expected({ data, traits, metadata, segments }: Shopper): ReadonlySet<string> {
  const after = new Set(segments);
  if (data['email'] === undefined || data['email'] === '') return after;
  if (traits.spent >= 1000) {
    after.add('gold');
    after.delete('silver');
  } else after.delete('gold');
  const last = metadata.time.visit?.current ?? metadata.time.insert;
  if (Date.parse(SLOT) - Date.parse(last) > 30 * 86_400_000) after.add('Lapsed Buyer');
  else if (after.delete('Lapsed Buyer')) after.add('returned');
  return after;
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
    expect(await strata.run({ slot: '2026-11-15T09:00:00.000Z' })).toMatchObject({
      state: 'completed',
      profiles: PROFILES,
      // Whoever has no address is not looked at: that is what stands between the start and everything else.
      totals: { evaluated: shoppers.filter(({ data }) => Boolean(data['email'])).length, changed: 0 },
    });
  });

  test('makes of every profile what its nodes say, once, and logs it', async () => {
    await strata.apply([loyalty()]);

    const run = await strata.run({ slot: SLOT });

    const stored = new Map(
      (await readAllProfiles(strata.stores.profiles)).map(({ id, segments }) => [id, segments]),
    );
    const wrong = shoppers.filter((each) => {
      const [wanted, found] = [expected(each), new Set(stored.get(each.id))];
      return wanted.size !== found.size || [...wanted].some((value) => !found.has(value));
    });
    const changed = shoppers.filter((each) => {
      const wanted = expected(each);
      return wanted.size !== each.segments.length || each.segments.some((value) => !wanted.has(value));
    });
    expect(wrong).toEqual([]);
    expect(run).toMatchObject({ state: 'completed', totals: { changed: changed.length } });
    expect(await strata.run({ slot: SLOT })).toMatchObject({ totals: { changed: 0 } });
  });

  test('is explained node by node: what ran, where it led, what it did', async () => {
    await strata.apply([loyalty()]);

    const { flow } = await strata.stores.operations.explain('loyalty', 'p-00001', { slot: SLOT });

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
    const run = await strata.run({ slot: '2026-11-17T09:00:00.000Z' });

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
