import { describe, expect, test } from 'vitest';
import { compileCondition } from '../../../src/domain/condition/evaluate.ts';
import { toDateFields } from '../../../src/domain/condition/fields.ts';
import { mapConditions, valuesOfGraph } from '../../../src/domain/flow/graph.ts';
import { importFlow } from '../../../src/domain/flow/import-flow.ts';
import { readFlow } from '../../../src/domain/flow/tracardi-flow.ts';
import { runWorkflows } from '../../../src/domain/flow/workflow-rule.ts';
import { flowText, type DrawnEdge, type DrawnNode } from '../../support/tracardi-flows.ts';

const NOW = Date.parse('2026-11-21T09:00:00Z');
const START: DrawnNode = { id: 'start', className: 'StartSegmentationAction', init: { profile_id: '' } };
const UPDATE: DrawnNode = { id: 'update', className: 'UpdateProfileAction', name: 'Update profile' };

function add(id: string, segment: unknown = id): DrawnNode {
  return { id, className: 'AddSegmentAction', name: 'Add segment', init: { segment } };
}

function imported(nodes: readonly DrawnNode[], edges: readonly DrawnEdge[], declared?: readonly string[]) {
  const read = readFlow(flowText(nodes, edges));
  if (read.kind === 'unreadable') throw new Error(read.reason);
  return importFlow(read.flow, declared);
}

/** What the flow makes of one profile, as `+value` and `-value`. */
function changes(
  nodes: readonly DrawnNode[],
  edges: readonly DrawnEdge[],
  profile: Readonly<Record<string, unknown>> = {},
  declared?: readonly string[],
): readonly string[] {
  const flow = imported(nodes, edges, declared);
  if (flow.kind === 'refused') throw new Error(flow.problems.join('; '));
  const options = { now: NOW, dateFields: toDateFields(['metadata.time.*']) };
  const graph = mapConditions(flow.graph, (condition) => compileCondition(condition, options));
  const rule = { kind: 'workflow', id: 'f', order: 0, graph, tally: { mismatches: 0 } } as const;
  const segments = Array.isArray(profile['segments']) ? profile['segments'].map(String) : [];
  const { total } = runWorkflows([rule], { ...profile, segments }, segments, {
    segmentsField: 'segments',
    now: NOW,
  });
  return [...total.entered.map((value) => `+${value}`), ...total.left.map((value) => `-${value}`)];
}

function problemsOf(nodes: readonly DrawnNode[], edges: readonly DrawnEdge[], declared?: readonly string[]) {
  const flow = imported(nodes, edges, declared);
  return flow.kind === 'refused' ? flow.problems : [];
}

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

const PROBES = [add('at-true'), add('at-false')];
const PROBE_EDGES: readonly DrawnEdge[] = [
  'n:true -> at-true',
  'n:false -> at-false',
  'at-true:payload -> update',
  'at-false:payload -> update',
];

function node(className: string, init: unknown, id = 'n'): DrawnNode {
  return { id, className, name: className, init };
}

function segment(onTrue: string, ifTrue: string, onFalse: string, ifFalse: string): DrawnNode {
  return node('ProfileSegmentAction', {
    condition: 'profile@a == 1',
    true_action: onTrue,
    true_segment: ifTrue,
    false_action: onFalse,
    false_segment: ifFalse,
  });
}

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
