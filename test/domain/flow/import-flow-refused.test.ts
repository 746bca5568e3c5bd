import { describe, expect, test } from 'vitest';
import type { DrawnEdge, DrawnNode } from '../../support/tracardi-flows.ts';
import { add, imported, node, segment, START, UPDATE } from './drawn-flows.ts';

function problemsOf(nodes: readonly DrawnNode[], edges: readonly DrawnEdge[], declared?: readonly string[]) {
  const flow = imported(nodes, edges, declared);
  return flow.kind === 'refused' ? flow.problems : [];
}

describe('a flow is refused', () => {
  const through = (under: DrawnNode): [DrawnNode[], DrawnEdge[]] => [
    [START, under, UPDATE],
    ['start:payload -> n'],
  ];

  test.each<[string, DrawnNode, RegExp]>([
    [
      'a node that is not run',
      { ...node('CountRecordsAction', {}), name: 'Count records' },
      /^node "Count records" \(n\): CountRecordsAction is not run: a flow cannot query other documents here; count in a field/,
    ],
    [
      'a node that writes traits',
      node('CopyTraitsAction', {}),
      /Strata changes nothing of a profile but its segments/,
    ],
    [
      'a node nobody knows',
      node('CustomThing', {}),
      /CustomThing is not run: take it out, set it to skip, or write the segment/,
    ],
    [
      'a broken condition',
      node('IfAction', { condition: 'profile@a ==' }),
      /^node "IfAction" \(n\): condition, line 1, column \d+: /,
    ],
    [
      'an event',
      node('IfAction', { condition: 'event@type == "x"' }),
      /event@ is not available here \(available: profile@, payload@\)/,
    ],
    ['no condition', node('IfAction', { condition: '' }), /condition: is empty/],
    [
      'trigger once',
      node('IfAction', { condition: 'profile@a == 1', trigger_once: true }),
      /answers only once per change of its condition .* switch that off/,
    ],
    [
      'run once',
      {
        ...node('DeleteSegmentAction', { segment: 'x' }),
        spec: { run_once: { enabled: true, value: 'profile@id', ttl: 0, type: 'value' } },
      },
      /runs once per value .* switch that off/,
    ],
    [
      'appended payload',
      { ...node('LastVisitAction', null), spec: { append_input_payload: true } },
      /switch "append input payload" off/,
    ],
    [
      'a segment that is a field',
      node('AddSegmentAction', { segment: ['x', 'payload@seg'] }),
      /which segments payload@seg will hold cannot be known beforehand: list them in the definition, as values: \[gold, silver\]/,
    ],
    ['an empty segment', node('DeleteSegmentAction', { segment: '' }), /segment: is empty/],
    ['an empty conditional segment', segment('add', '', 'none', ''), /true_segment: is empty/],
    ['an action nobody knows', segment('toggle', 'x', 'none', ''), /true_action: /],
    [
      'a value that is too long',
      node('AddSegmentAction', { segment: 'ü'.repeat(33) }),
      /is longer than 64 bytes/,
    ],
    ['half an emoji', node('AddSegmentAction', { segment: '\ud83d' }), /has half of a surrogate pair/],
    [
      'half an emoji in a condition',
      node('IfAction', { condition: 'profile@a CONTAINS "\ud83d"' }),
      /found half of a surrogate pair/,
    ],
    [
      'a property that is no field',
      node('PropertyExistsAction', { property: 'profile@a == 1 OR profile@b' }),
      /property: .* is not one field/,
    ],
  ])('for %s', (_, under, message) => {
    const [problem, ...more] = problemsOf(...through(under));

    expect(problem).toMatch(message);
    expect(more).toEqual([]);
  });

  test.each<[string, readonly DrawnNode[], readonly DrawnEdge[], RegExp]>([
    ['a missing start', [add('x'), UPDATE], ['x:payload -> update'], /^it has no start node/],
    [
      'a circle',
      [START, add('x'), add('y')],
      ['start:payload -> x', 'x:payload -> y', 'y:payload -> x'],
      /^its nodes lead in a circle: node "Add segment" \(x\), node "Add segment" \(y\)/,
    ],
    [
      'two nodes of one id',
      [START, add('x'), add('x')],
      ['start:payload -> x'],
      /^two of its nodes have one id/,
    ],
    [
      'an edge to nowhere',
      [START],
      ['start:payload -> gone'],
      /^an edge leads from start to gone: no such node/,
    ],
    [
      'an edge from a port that the node has not',
      [START, node('IfAction', { condition: 'profile@a == 1' }), UPDATE],
      ['start:payload -> n', 'n:TRUE -> update'],
      /leaves port "TRUE", which it does not have; it has true, false: draw the edge again/,
    ],
  ])('for %s', (_, nodes, edges, message) => {
    expect(problemsOf(nodes, edges)[0]).toMatch(message);
  });

  test('with every problem that it has', () => {
    const nodes = [START, node('SmsAction', {}), { ...node('IfAction', { condition: '' }), id: 'm' }];

    expect(problemsOf(nodes, ['start:payload -> n', 'start:payload -> m'])).toHaveLength(2);
  });
});
