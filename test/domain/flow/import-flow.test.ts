import { describe, expect, test } from 'vitest';
import { valuesOfGraph } from '../../../src/domain/flow/graph.ts';
import type { DrawnEdge, DrawnNode } from '../../support/tracardi-flows.ts';
import { add, changes, imported, node, segment, START, UPDATE } from './drawn-flows.ts';

describe('a flow', () => {
  test('saves nothing unless it reaches "Update profile"', () => {
    const nodes = [START, node('IfAction', { condition: 'profile@a == 1' }), add('x'), add('y'), UPDATE];
    const edges: DrawnEdge[] = ['start:payload -> n', 'n:true -> x', 'n:false -> y', 'x:payload -> update'];

    expect(changes(nodes, edges, { a: 1 })).toEqual(['+x']);
    expect(changes(nodes, edges, { a: 2 })).toEqual([]);
  });

  test('saves whatever its nodes did, also on other paths, once one path reaches "Update profile"', () => {
    expect(changes([START, add('x'), UPDATE], ['start:payload -> x', 'start:payload -> update'])).toEqual([
      '+x',
    ]);
  });

  test('saves nothing after a discard that nothing follows', () => {
    const discard: DrawnNode = { id: 'discard', className: 'DiscardProfileUpdateAction' };
    const edges: DrawnEdge[] = ['start:payload -> x', 'x:payload -> update', 'x:payload -> discard'];

    expect(changes([START, add('x'), UPDATE, discard], edges)).toEqual([]);
  });

  test('runs a node once for each edge that brings it something, on one membership', () => {
    const toggle = [
      { id: 'has', className: 'HasSegmentAction', init: { segment: 'x' } },
      add('x'),
      { id: 'del', className: 'DeleteSegmentAction', init: { segment: 'x' } },
    ];
    const edges: DrawnEdge[] = [
      'start:payload -> a',
      'start:payload -> b',
      'a:payload -> has',
      'b:payload -> has',
      'has:False -> x',
      'has:True -> del',
      'x:payload -> update',
    ];

    // Both looks come before both changes, so the second change finds what the first one did.
    expect(changes([START, add('a'), add('b'), ...toggle, UPDATE], edges)).toEqual(['+a', '+b', '+x']);
  });

  test('runs a node once for an edge that is drawn twice', () => {
    const toggle = node('ProfileSegmentAction', {
      condition: 'profile@segments CONTAINS "x"',
      true_action: 'remove',
      true_segment: 'x',
      false_action: 'add',
      false_segment: 'x',
    });
    const edges: DrawnEdge[] = ['start:payload -> n', 'start:payload -> n', 'start:payload -> update'];

    expect(changes([START, toggle, UPDATE], edges)).toEqual(['+x']);
  });

  test('runs in an order in which no node comes before what leads to it, however the file lists them', () => {
    const nodes = [
      UPDATE,
      add('x'),
      node('IfAction', { condition: 'profile@segments CONTAINS "y"' }),
      add('y'),
      START,
    ];
    const edges: DrawnEdge[] = ['start:payload -> y', 'y:payload -> n', 'n:true -> x', 'x:payload -> update'];

    expect(changes(nodes, edges)).toEqual(['+y', '+x']);
  });

  test('leaves out what its start does not reach, and what runs in the debugger only', () => {
    const debug: DrawnNode = { id: 'd', className: 'DebugPayloadAction', data: { debug: true } };
    const loose: DrawnNode = { id: 'loose', className: 'SmsAction' };

    expect(
      changes(
        [debug, START, add('x'), UPDATE, loose],
        ['d:payload -> start', 'start:payload -> x', 'x:payload -> update', 'loose:payload -> update'],
      ),
    ).toEqual(['+x']);
  });

  test('whose paths part and meet again without end sets the profile aside instead of running on', () => {
    const levels = Array.from({ length: 16 }, (_, level) => level);
    const nodes = levels.flatMap((level) => [add(`a${level}`), add(`b${level}`), add(`c${level}`)]);
    const edges = levels.flatMap((level): DrawnEdge[] => [
      `a${level}:payload -> b${level}`,
      `a${level}:payload -> c${level}`,
      ...(level === 15
        ? []
        : ([`b${level}:payload -> a${level + 1}`, `c${level}:payload -> a${level + 1}`] as const)),
    ]);

    expect(() =>
      changes([START, ...nodes, UPDATE], ['start:payload -> a0', ...edges, 'start:payload -> update']),
    ).toThrow(/nodes ran more than 10,000 times/);
  });

  test('claims every value that its nodes may write, and what its definition declares', () => {
    const nodes = [
      START,
      segment('add', 'a', 'remove', 'b'),
      { id: 'm', className: 'MoveSegmentAction', init: { from_segment: 'c', to_segment: 'd' } },
      { id: 'r', className: 'AddSegmentAction', init: { segment: ['e', 'payload@seg'] } },
      { id: 'never', className: 'AddSegmentAction', init: { segment: 'not-reached' } },
      UPDATE,
    ];
    const flow = imported(
      nodes,
      ['start:payload -> n', 'n:true -> m', 'm:payload -> r', 'r:payload -> update'],
      ['f'],
    );

    expect(flow.kind === 'graph' && valuesOfGraph(flow.graph)).toEqual(['a', 'b', 'c', 'd', 'e', 'f']);
  });

  test.each<[string, readonly DrawnNode[], readonly DrawnEdge[], readonly string[]]>([
    [
      'no "Update profile" is reached',
      [START, add('x'), UPDATE],
      ['start:payload -> x'],
      [
        'no "Update profile" is reached from its start, so nothing that it does is saved: end the paths that change segments there',
      ],
    ],
    ['nothing is changed', [START, UPDATE], ['start:payload -> update'], ['no node of it changes a segment']],
    ['all is well', [START, add('x'), UPDATE], ['start:payload -> x', 'x:payload -> update'], []],
  ])('warns when %s', (_, nodes, edges, expected) => {
    const flow = imported(nodes, edges);

    expect(flow.kind === 'graph' ? flow.warnings : flow.problems).toEqual(expected);
  });
});
