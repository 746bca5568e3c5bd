import { expect, test } from 'vitest';
import { printCondition } from '../../../src/domain/condition/print.ts';
import { filterOfGraph } from '../../../src/domain/flow/flow-filter.ts';
import { importFlow } from '../../../src/domain/flow/import-flow.ts';
import { readFlow } from '../../../src/domain/flow/tracardi-flow.ts';
import { flowText, type DrawnEdge, type DrawnNode } from '../../support/tracardi-flows.ts';

const START: DrawnNode = { id: 'start', className: 'StartSegmentationAction' };
const A: DrawnNode = { id: 'a', className: 'IfAction', init: { condition: 'profile@a == 1' } };
const B: DrawnNode = { id: 'b', className: 'IfAction', init: { condition: 'profile@b == 2' } };
const PAID: DrawnNode = { id: 'a', className: 'IfAction', init: { condition: 'payload@a == 1' } };
const TIER: DrawnNode = {
  id: 'tier',
  className: 'ProfileSegmentAction',
  init: { condition: 'profile@t == 3', true_action: 'add', true_segment: 'x', false_action: 'none' },
};
const VISIT: DrawnNode = { id: 'visit', className: 'LastVisitAction' };
const ADD: DrawnNode = { id: 'add', className: 'AddSegmentAction', init: { segment: 'x' } };
const UPDATE: DrawnNode = { id: 'update', className: 'UpdateProfileAction' };

test.each<[string, readonly DrawnNode[], readonly DrawnEdge[], string | null]>([
  ['an If with one way on', [A], ['start:payload -> a', 'a:true -> add'], 'profile@a == 1'],
  ['an If whose way on is the other', [A], ['start:payload -> a', 'a:false -> add'], 'NOT profile@a == 1'],
  [
    'Ifs one after another',
    [A, B],
    ['start:payload -> a', 'a:true -> b', 'b:true -> add'],
    'profile@a == 1 AND profile@b == 2',
  ],
  ['an If with two ways on', [A], ['start:payload -> a', 'a:true -> add', 'a:false -> update'], null],
  [
    'paths that part at the start',
    [A],
    ['start:payload -> a', 'start:payload -> add', 'a:true -> update'],
    null,
  ],
  [
    'an If whose way on parts: what follows is not asked of all',
    [A, B],
    ['start:payload -> a', 'a:true -> b', 'a:true -> add', 'b:true -> update'],
    'profile@a == 1',
  ],
  [
    'a conditional segment that does nothing otherwise',
    [TIER],
    ['start:payload -> tier', 'tier:true -> update'],
    'profile@t == 3',
  ],
  [
    'a conditional segment with two ways on',
    [TIER],
    ['start:payload -> tier', 'tier:true -> update', 'tier:false -> update'],
    null,
  ],
  ['an If behind a change', [B], ['start:payload -> add', 'add:payload -> b', 'b:true -> update'], null],
  [
    'an If on what a node before it found',
    [VISIT, PAID],
    ['start:payload -> visit', 'visit:visit -> a', 'a:true -> add'],
    null,
  ],
  ['an If on a payload', [PAID], ['start:payload -> a', 'a:true -> add'], null],
])('a profile is looked at by what stands before anything happens: %s', (_, nodes, edges, expected) => {
  const all: DrawnEdge[] = [...edges, 'add:payload -> update'];
  const read = readFlow(flowText([START, ...nodes, ADD, UPDATE], all));
  const flow = read.kind === 'flow' ? importFlow(read.flow, undefined) : read;
  if (flow.kind !== 'graph') throw new Error(JSON.stringify(flow));
  const filter = filterOfGraph(flow.graph);

  expect(filter === null ? null : printCondition(filter)).toBe(expected);
});
