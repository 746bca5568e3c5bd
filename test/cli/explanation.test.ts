import { expect, test } from 'vitest';
import { explanationLines } from '../../src/cli/explanation.ts';
import { explainCondition } from '../../src/domain/condition/explain.ts';
import { toDateFields } from '../../src/domain/condition/fields.ts';
import { parseCondition } from '../../src/domain/condition/parse.ts';
import { explainGraph } from '../../src/domain/flow/explain-graph.ts';
import { importFlow } from '../../src/domain/flow/import-flow.ts';
import { readFlow } from '../../src/domain/flow/tracardi-flow.ts';
import { flowText } from '../support/tracardi-flows.ts';

const NOTHING_SPECIAL = {
  readsOwnMembership: false,
  onlyAdds: false,
  conditions: [],
  flow: null,
  query: null,
};

test('an explanation shows every verdict, what was found, and what a function came to', () => {
  const condition = parseCondition(
    'profile@stats.visits > 10 AND NOT (profile@seen > now.offset("-1d") OR profile@name == 7)',
    { sources: ['profile'] },
  );
  const options = { now: Date.parse('2026-11-20T09:00:00Z'), dateFields: toDateFields(['seen']) };
  const profile = { stats: { visits: 12 }, seen: '2026-11-01T00:00:00Z', name: 'Ann' };
  const explanation = explainCondition(condition, { profile }, options);

  const lines = explanationLines({
    ...NOTHING_SPECIAL,
    id: 'visitors',
    profileId: 'p-1',
    slot: '2026-11-20T09:00:00.000Z',
    member: false,
    conditions: [{ where: 'condition', explanation }],
  });

  expect(lines).toEqual([
    'p-1 is not a member of visitors; conditions at slot 2026-11-20T09:00:00.000Z:',
    '  condition',
    '    ✓ AND',
    '      ✓ profile@stats.visits > 10   (found 12)',
    '      ✓ NOT',
    '        ✗ OR',
    '          ✗ profile@seen > now.offset("-1d")   (found "2026-11-01T00:00:00Z"; now.offset("-1d") is "2026-11-19T09:00:00.000Z")',
    '          ✗ profile@name == 7   (found "Ann"; types differ)',
  ]);
});

test('a member whom a segment that only adds would not match is said to keep the value', () => {
  const condition = parseCondition('profile@spend > 900', { sources: ['profile'] });
  const options = { now: 0, dateFields: toDateFields([]) };
  const explanation = explainCondition(condition, { profile: { spend: 600 } }, options);

  const lines = explanationLines({
    ...NOTHING_SPECIAL,
    id: 'buyers',
    profileId: 'p-1',
    slot: '2026-11-20T09:00:00.000Z',
    member: true,
    onlyAdds: true,
    conditions: [{ where: 'condition', explanation }],
  });

  expect(lines).toEqual([
    'p-1 is a member of buyers; conditions at slot 2026-11-20T09:00:00.000Z:',
    '  mode add: who has the value keeps it, whatever comes out below',
    '  condition',
    '    ✗ profile@spend > 900   (found 600)',
  ]);
});

test('an explanation of a segment that asks for itself says which membership it has asked', () => {
  const condition = parseCondition('profile@segments CONTAINS "toggles"', { sources: ['profile'] });
  const options = { now: 0, dateFields: toDateFields([]), segmentsField: 'segments' };
  const explanation = explainCondition(condition, { profile: { segments: ['toggles'] } }, options);

  const lines = explanationLines({
    ...NOTHING_SPECIAL,
    id: 'toggles',
    profileId: 'p-1',
    slot: '2026-11-20T09:00:00.000Z',
    member: true,
    readsOwnMembership: true,
    conditions: [{ where: 'steps.0.when', explanation }],
  });

  expect(lines[1]).toMatch(/^ {2}it asks for its own membership: evaluated on the one the profile has now/);
});

const FLOW = flowText(
  [
    { id: 's', className: 'StartSegmentationAction', name: 'Start' },
    { id: 'v', className: 'LastVisitAction', name: 'Last visit' },
    { id: 'i', className: 'IfAction', name: 'Away?', init: { condition: 'payload@difference.days > 30' } },
    { id: 'a', className: 'AddSegmentAction', name: 'Lapse', init: { segment: 'lapsed' } },
    { id: 'd', className: 'DeleteSegmentAction', name: 'Back', init: { segment: 'lapsed' } },
    { id: 'u', className: 'UpdateProfileAction', name: 'Update profile' },
  ],
  ['s:payload -> v', 'v:visit -> i', 'i:true -> a', 'i:false -> d', 'a:payload -> u'],
);

function explainedFlow(current: string): readonly string[] {
  const read = readFlow(FLOW);
  const imported = read.kind === 'flow' ? importFlow(read.flow, undefined) : null;
  if (imported?.kind !== 'graph') throw new Error('the flow does not load');
  const flow = explainGraph(
    imported.graph,
    { document: { metadata: { time: { visit: { current } } } }, segments: ['lapsed'] },
    { now: Date.parse('2026-11-20T00:00:00Z'), dateFields: toDateFields([]), segmentsField: 'segments' },
  );
  const asked = { id: 'away', profileId: 'p-1', slot: '2026-11-20T00:00:00.000Z', member: true };
  return explanationLines({
    ...NOTHING_SPECIAL,
    ...asked,
    flow,
  });
}

test('an explanation of a flow names the nodes that ran, where they led, and what they changed', () => {
  expect(explainedFlow('2026-11-18T00:00:00Z')).toEqual([
    'p-1 is a member of away; its flow at slot 2026-11-20T00:00:00.000Z:',
    '  Start (s) → payload',
    '  Last visit (v) → visit',
    '  Away? (i) → false',
    '    ✗ payload@difference.days > 30   (found 2)',
    '  Back (d) - lapsed → payload',
    '  nothing of this is saved: no "Update profile" was reached, or a discard came after it',
  ]);
});

test('an explanation of a query says whether the profile matches, and that there is no more to say', () => {
  const lines = explanationLines({
    ...NOTHING_SPECIAL,
    id: 'germans',
    profileId: 'p-1',
    slot: '2026-11-20T00:00:00.000Z',
    member: true,
    query: { text: 'traits.country:DE', matches: false },
  });

  expect(lines.slice(0, 2)).toEqual([
    'p-1 is a member of germans; its query:',
    '  ✗ query: traits.country:DE',
  ]);
});

test('an explanation of a flow that saves ends with the node that did', () => {
  expect(explainedFlow('2026-01-01T00:00:00Z').at(-1)).toBe('  Update profile (u)');
});
