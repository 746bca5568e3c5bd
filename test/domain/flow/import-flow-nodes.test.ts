import { describe, expect, test } from 'vitest';
import type { DrawnEdge, DrawnNode } from '../../support/tracardi-flows.ts';
import { add, changes, node, segment, START, UPDATE } from './drawn-flows.ts';

/** Start, the node under test, and behind each of its ports a node that adds that port's name and saves. */
function probed(node: DrawnNode, ports: readonly string[]): [DrawnNode[], DrawnEdge[]] {
  return [
    [START, node, ...ports.map((port) => add(`at-${port}`)), UPDATE],
    [
      `start:payload -> ${node.id}`,
      ...ports.flatMap((port): DrawnEdge[] => [
        `${node.id}:${port} -> at-${port}`,
        `at-${port}:payload -> update`,
      ]),
    ],
  ];
}

const VISIT = {
  metadata: { time: { insert: '2026-01-01T00:00:00', visit: { current: '2026-11-14T09:00:00' } } },
};

const PROBES = [add('at-true'), add('at-false')];
const PROBE_EDGES: readonly DrawnEdge[] = [
  'n:true -> at-true',
  'n:false -> at-false',
  'at-true:payload -> update',
  'at-false:payload -> update',
];

describe('a node', () => {
  test.each<[string, DrawnNode, readonly string[], Readonly<Record<string, unknown>>, readonly string[]]>([
    [
      'If holds',
      node('IfAction', { condition: 'profile@a == 1' }),
      ['true', 'false'],
      { a: 1 },
      ['+at-true'],
    ],
    [
      'If does not hold',
      node('IfAction', { condition: 'profile@a == 1' }),
      ['true', 'false'],
      {},
      ['+at-false'],
    ],
    [
      'Start hands on an empty payload',
      node('IfAction', { condition: 'payload@a EXISTS' }),
      ['true', 'false'],
      {},
      ['+at-false'],
    ],
    [
      'conditional segment: holds, adds',
      segment('add', 'gold', 'remove', 'gold'),
      ['true', 'false', 'error'],
      { a: 1 },
      ['+gold', '+at-true'],
    ],
    [
      'conditional segment: fails, removes',
      segment('add', 'gold', 'remove', 'gold'),
      ['true', 'false', 'error'],
      { segments: ['gold'] },
      ['+at-false', '-gold'],
    ],
    [
      'conditional segment: does nothing',
      segment('none', '', 'none', ''),
      ['true', 'false'],
      { a: 1 },
      ['+at-true'],
    ],
    [
      'conditional segment: actions in any case',
      segment('REMOVE', 'gold', 'None', ''),
      ['true', 'false'],
      { a: 1, segments: ['gold'] },
      ['+at-true', '-gold'],
    ],
    [
      'add: a text',
      node('AddSegmentAction', { segment: 'VIP Buyers' }),
      ['payload', 'error'],
      {},
      ['+VIP Buyers', '+at-payload'],
    ],
    [
      'add: a list',
      node('AddSegmentAction', { segment: ['a', 'b'] }),
      ['payload'],
      { segments: ['a'] },
      ['+b', '+at-payload'],
    ],
    [
      'delete',
      node('DeleteSegmentAction', { segment: 'gold' }),
      ['payload'],
      { segments: ['gold'] },
      ['+at-payload', '-gold'],
    ],
    [
      'delete: is not there',
      node('DeleteSegmentAction', { segment: 'gold' }),
      ['payload'],
      {},
      ['+at-payload'],
    ],
    [
      'move',
      node('MoveSegmentAction', { from_segment: 'a', to_segment: 'b' }),
      ['payload'],
      { segments: ['a'] },
      ['+b', '+at-payload', '-a'],
    ],
    [
      'move: adds the target also where the source is missing',
      node('MoveSegmentAction', { from_segment: 'a', to_segment: 'b' }),
      ['payload'],
      {},
      ['+b', '+at-payload'],
    ],
    [
      'has segment',
      node('HasSegmentAction', { segment: 'gold' }),
      ['True', 'False'],
      { segments: ['gold'] },
      ['+at-True'],
    ],
    [
      'has segment: has not',
      node('HasSegmentAction', { segment: 'gold' }),
      ['True', 'False'],
      { segments: ['golden'] },
      ['+at-False'],
    ],
    [
      'property exists',
      node('PropertyExistsAction', { property: 'profile@data.email' }),
      ['true', 'false'],
      { data: { email: 'x' } },
      ['+at-true'],
    ],
    [
      'property exists: 0 and false do',
      node('PropertyExistsAction', { property: 'profile@n' }),
      ['true', 'false'],
      { n: 0 },
      ['+at-true'],
    ],
    [
      'property exists: empty text does not',
      node('PropertyExistsAction', { property: 'profile@n' }),
      ['true', 'false'],
      { n: '' },
      ['+at-false'],
    ],
    [
      'property exists: null does not',
      node('PropertyExistsAction', { property: 'profile@n' }),
      ['true', 'false'],
      { n: null },
      ['+at-false'],
    ],
    [
      'property exists: missing does not',
      node('PropertyExistsAction', { property: 'profile@n.m' }),
      ['true', 'false'],
      {},
      ['+at-false'],
    ],
    ['last visit', node('LastVisitAction', null), ['visit', 'error'], VISIT, ['+at-visit']],
    [
      'last visit: no date',
      node('LastVisitAction', null),
      ['visit', 'error'],
      { metadata: { time: { insert: 'soon' } } },
      ['+at-error'],
    ],
    ['last visit: nothing at all', node('LastVisitAction', null), ['visit', 'error'], {}, ['+at-error']],
    [
      'condition set',
      node('ConditionSetPlugin', { conditions: { x: 'profile@a == 1' } }),
      ['result'],
      {},
      ['+at-result'],
    ],
    [
      'discard is undone by a later update',
      node('DiscardProfileUpdateAction', null),
      ['payload'],
      {},
      ['+at-payload'],
    ],
    [
      'skipped If hands on to both ports',
      { ...node('IfAction', { condition: 'profile@a == 1' }), spec: { skip: true } },
      ['true', 'false'],
      {},
      ['+at-true', '+at-false'],
    ],
    [
      'skipped node of any class',
      { ...node('WebHookAction', {}), spec: { skip: true } },
      ['response'],
      {},
      ['+at-response'],
    ],
    [
      'blocked node stops what follows',
      { ...node('IfAction', { condition: 'profile@a == 1' }), spec: { block_flow: true } },
      ['true', 'false'],
      { a: 1 },
      [],
    ],
  ])('%s', (_, under, ports, profile, expected) => {
    expect(changes(...probed(under, ports), profile)).toEqual(expected);
  });

  test.each<[string, string, readonly string[]]>([
    ['days', 'payload@difference.days == 7', ['+at-true']],
    ['hours', 'payload@difference.hours == 168', ['+at-true']],
    ['weeks', 'payload@difference.weeks < 1', ['+at-false']],
    ['the date itself', 'payload@last < now.offset("-6d")', ['+at-true']],
  ])('after "last visit" can ask for %s', (_, condition, expected) => {
    const nodes = [
      START,
      node('LastVisitAction', null, 'v'),
      node('IfAction', { condition }),
      ...PROBES,
      UPDATE,
    ];
    const edges: DrawnEdge[] = ['start:payload -> v', 'v:visit -> n', ...PROBE_EDGES];

    expect(changes(nodes, edges, VISIT)).toEqual(expected);
  });

  test.each<[string, DrawnNode, string]>([
    [
      'a condition set',
      node('ConditionSetPlugin', { conditions: { rich: 'profile@a > 1' } }, 'v'),
      'payload@rich == TRUE',
    ],
    [
      'an If that keeps its payload back',
      node('IfAction', { condition: 'profile@a > 1', pass_payload: false }, 'v'),
      'payload@result == TRUE',
    ],
  ])('after %s can ask for its verdict', (_, before, condition) => {
    const port = before.className === 'IfAction' ? 'true' : 'result';
    const nodes = [START, before, node('IfAction', { condition }), ...PROBES, UPDATE];

    expect(changes(nodes, ['start:payload -> v', `v:${port} -> n`, ...PROBE_EDGES], { a: 2 })).toEqual([
      '+at-true',
    ]);
  });

  test.each<[string, unknown, readonly string[]]>([
    ['a declared text', 'gold', ['+gold', '+at-payload']],
    ['a list of declared texts', ['gold', 'silver'], ['+gold', '+silver', '+at-payload']],
    ['anything else', 'platinum', ['+at-error']],
    ['nothing', undefined, ['+at-error']],
  ])('that adds what a field holds finds %s', (_, tier, expected) => {
    const adds = node('AddSegmentAction', { segment: 'profile@traits.tier' });
    const profile = { traits: { tier } };

    expect(changes(...probed(adds, ['payload', 'error']), profile, ['gold', 'silver'])).toEqual(expected);
  });
});
