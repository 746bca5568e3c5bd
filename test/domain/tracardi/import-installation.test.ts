import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { checkDefinitions } from '../../../src/domain/definition-set.ts';
import { toFlowFile } from '../../../src/domain/flow/flow-file.ts';
import { differencesOf } from '../../../src/domain/tracardi/differences.ts';
import {
  importInstallation,
  type TracardiDocuments,
} from '../../../src/domain/tracardi/import-installation.ts';
import { unpackFlow } from '../../../src/schedules/unpack-flow.ts';
import { aFlow, aFlowRecord, type DrawnEdge, type DrawnNode } from '../../support/tracardi-flows.ts';

const START: DrawnNode = { id: 'start', className: 'StartSegmentationAction', name: 'Start' };
const UPDATE: DrawnNode = { id: 'update', className: 'UpdateProfileAction', name: 'Update profile' };

/** A live segment as Tracardi stores it, all fields there whatever its type. */
function aLiveSegment(fields: Readonly<Record<string, unknown>>): Record<string, unknown> {
  return {
    id: '5a3f',
    timestamp: '2023-08-01T10:11:12.131415',
    name: 'Big spender',
    description: '',
    enabled: true,
    workflow: { id: '', name: '' },
    type: 'condition',
    operation: 'add',
    condition: 'stats.orders:[10 TO *]',
    segment: 'Big Spender',
    code: null,
    ...fields,
  };
}

function aRunOf(flowId: string, fields: Readonly<Record<string, unknown>> = {}): Record<string, unknown> {
  const workflow = { id: flowId, name: 'Flow' };
  return aLiveSegment({
    type: 'workflow',
    workflow,
    operation: null,
    condition: null,
    segment: null,
    ...fields,
  });
}

/** A record of the flow index whose nodes follow each other. */
function aChain(id: string, ...nodes: readonly DrawnNode[]): Record<string, unknown> {
  const all = [START, ...nodes, UPDATE];
  const edges = all.slice(1).map((node, index): DrawnEdge => {
    const from = all[index];
    return `${from?.id}:${from?.className === 'IfAction' ? 'true' : 'payload'} -> ${node.id}` as DrawnEdge;
  });
  return { ...aFlowRecord({ ...aFlow(all, edges), id, name: `Flow ${id}` }) };
}

function add(segment: string): DrawnNode {
  return { id: `add-${segment}`, className: 'AddSegmentAction', init: { segment: [segment] } };
}

function imported(documents: Partial<TracardiDocuments>) {
  return importInstallation({ liveSegments: [], flows: [], segments: [], ...documents }, unpackFlow);
}

function definition(result: ReturnType<typeof imported>, file: string): unknown {
  return parse(result.files.find((each) => each.file === file)?.content ?? '');
}

describe('a conditional live segment', () => {
  test('becomes a query that only adds, its value kept to the letter, and says what sync would do', () => {
    const result = imported({ liveSegments: [aLiveSegment({ description: 'Ten orders or more' })] });

    expect(result.files.map(({ file }) => file)).toEqual(['big-spender.yaml']);
    expect(result.files[0]?.content).toMatch(/^# From Tracardi: live segment 5a3f\n/);
    expect(definition(result, 'big-spender.yaml')).toEqual({
      id: 'big-spender',
      name: 'Big spender',
      description: 'Ten orders or more',
      kind: 'live',
      query: 'stats.orders:[10 TO *]',
      mode: 'add',
      value: 'Big Spender',
    });
    expect(result.report).toMatchObject([
      {
        outcome: 'carried over',
        subject: 'conditional live segment "Big spender"',
        file: 'big-spender.yaml',
        notes: [
          expect.stringMatching(/^mode: add, .* mode: sync would also take "Big Spender" from every profile/),
        ],
      },
    ]);
  });

  test('that is disabled stays disabled', () => {
    const result = imported({ liveSegments: [aLiveSegment({ enabled: false })] });

    expect(definition(result, 'big-spender.yaml')).toMatchObject({ enabled: false });
    expect(result.report[0]?.notes).toContainEqual(expect.stringMatching(/^it is disabled, and stays so/));
  });

  test('is one with others that add the same value, as each only adds', () => {
    const result = imported({
      liveSegments: [
        aLiveSegment({}),
        aLiveSegment({ id: 'b', name: 'Whale', condition: 'stats.spent:* OR vip:1' }),
      ],
    });

    expect(definition(result, 'big-spender.yaml')).toMatchObject({
      query: '(stats.orders:[10 TO *]) OR (stats.spent:* OR vip:1)',
    });
    expect(result.report).toHaveLength(1);
    expect(result.report[0]?.subject).toBe(
      'conditional live segment "Big spender", conditional live segment "Whale"',
    );
  });

  test('that cannot be asked leaves the others that add the same value as they are', () => {
    const result = imported({
      liveSegments: [
        aLiveSegment({}),
        aLiveSegment({ id: 'b', name: 'New', condition: 'metadata.time.insert:>now-30d' }),
        aLiveSegment({ id: 'c', name: 'Odd', condition: 'vip:1) OR (vip:2' }),
      ],
    });

    expect(definition(result, 'big-spender.yaml')).toMatchObject({ query: 'stats.orders:[10 TO *]' });
    expect(result.report.slice(1).map(({ subject, notes }) => [subject, ...notes])).toEqual([
      ['conditional live segment "New"', expect.stringMatching(/^query: found now-30d/)],
      ['conditional live segment "Odd"', expect.stringMatching(/^query: found \) without its beginning/)],
    ]);
  });

  test('that is disabled does not keep its value from one that is not', () => {
    const result = imported({
      liveSegments: [
        aLiveSegment({ name: 'Old', enabled: false }),
        aRunOf('f1', { id: 'b', name: 'Drawn', enabled: false }),
        aLiveSegment({ id: 'c', name: 'New', condition: 'stats.orders:[20 TO *]' }),
      ],
      flows: [aChain('f1', add('Big Spender'))],
    });

    expect(result.files.map(({ file }) => file)).toEqual(['new.yaml']);
    expect(definition(result, 'new.yaml')).toMatchObject({ query: 'stats.orders:[20 TO *]' });
    expect(result.report.slice(1).map(({ outcome, subject }) => [outcome, subject])).toEqual([
      ['not carried over', 'live segment "Drawn"'],
      ['not carried over', 'conditional live segment "Old"'],
    ]);
  });

  test.each<[string, Readonly<Record<string, unknown>>, RegExp]>([
    [
      'asks the clock',
      { condition: 'metadata.time.insert:>now-30d' },
      /^query: found now-30d, which is Elasticsearch's clock/,
    ],
    ['does something else than add', { operation: 'remove' }, /^its operation is "remove"/],
    ['has no condition', { condition: null }, /^it has no condition/],
    ['names no segment', { segment: '' }, /^it names no segment/],
    ['has a value that is too long', { segment: 'ü'.repeat(33) }, /^value: .*64 bytes/],
    ['is written in code', { type: 'code' }, /^its type "code" is not evaluated by Tracardi either/],
    ['has a shape of its own', { enabled: 'perhaps' }, /^its document has a shape of its own: enabled/],
  ])('that %s is not carried over, and the report says why', (_, fields, message) => {
    const result = imported({ liveSegments: [aLiveSegment(fields)] });

    expect(result.files).toEqual([]);
    expect(result.report).toMatchObject([{ outcome: 'not carried over', file: null }]);
    expect(result.report[0]?.subject).toContain('"Big spender"');
    expect(result.report[0]?.notes).toEqual([expect.stringMatching(message)]);
  });

  test.each<[readonly string[], readonly string[]]>([
    [
      ['Käufer & Co.', 'kaufer-co'],
      ['kaufer-co.yaml', 'kaufer-co-2.yaml'],
    ],
    [
      ['日本', '!!!'],
      ['segment.yaml', 'segment-2.yaml'],
    ],
    [
      ['x'.repeat(80), 'x'.repeat(70)],
      [`${'x'.repeat(63)}.yaml`, `${'x'.repeat(61)}-2.yaml`],
    ],
  ])('gets an id of its name %s, none twice', (names, files) => {
    const liveSegments = names.map((name, index) => aLiveSegment({ id: name, name, segment: `v${index}` }));

    expect(imported({ liveSegments }).files.map(({ file }) => file)).toEqual(files);
  });
});

describe('a live segment with a flow', () => {
  test('gets its flow written beside it, and together they load', () => {
    const result = imported({ liveSegments: [aRunOf('f1')], flows: [aChain('f1', add('gold'))] });

    expect(definition(result, 'big-spender.yaml')).toEqual({
      id: 'big-spender',
      name: 'Big spender',
      kind: 'live',
      flow: 'flows/big-spender.json',
    });
    expect(definitionsOf(result)).toMatchObject({ problems: [], definitions: [{ values: ['gold'] }] });
    expect(result.report).toMatchObject([{ outcome: 'carried over', file: 'big-spender.yaml' }]);
  });

  test('shares a value with the other flows that write it', () => {
    const result = imported({
      liveSegments: [aRunOf('f1', { name: 'A' }), aRunOf('f2', { name: 'B' }), aRunOf('f3', { name: 'C' })],
      flows: [aChain('f1', add('gold')), aChain('f2', add('gold'), add('x')), aChain('f3', add('y'))],
    });

    expect(definition(result, 'a.yaml')).toMatchObject({ shared: true });
    expect(definition(result, 'b.yaml')).toMatchObject({ shared: true });
    expect(definition(result, 'c.yaml')).not.toHaveProperty('shared');
    expect(definitionsOf(result).problems).toEqual([]);
    expect(result.report[0]?.notes.at(-1)).toMatch(/^shared: true, as other flows write "gold" as well/);
  });

  test('keeps its value from a query that adds the same', () => {
    const result = imported({
      liveSegments: [aLiveSegment({ name: 'Gold', segment: 'gold' }), aRunOf('f1')],
      flows: [aChain('f1', add('gold'))],
    });

    expect(result.files.map(({ file }) => file)).toEqual(['big-spender.yaml', 'flows/big-spender.json']);
    expect(result.report[1]).toMatchObject({
      outcome: 'not carried over',
      subject: 'conditional live segment "Gold"',
      notes: [
        expect.stringMatching(/^its value "gold" is also written by big-spender \(big-spender\.yaml\)/),
      ],
    });
  });

  test('that several live segments run is one', () => {
    const result = imported({
      liveSegments: [aRunOf('f1', { name: 'A', enabled: false }), aRunOf('f1', { name: 'B' })],
      flows: [aChain('f1', add('gold'))],
    });

    expect(result.files.map(({ file }) => file)).toEqual(['a.yaml', 'flows/a.json']);
    expect(definition(result, 'a.yaml')).not.toHaveProperty('enabled');
    expect(result.report[0]?.notes[0]).toBe('they run the same flow, so they are one here');
  });

  test('whose nodes are not run is not carried over; its flow is written to be mended', () => {
    const sms: DrawnNode = { id: 'sms', className: 'SmsAction', name: 'Send SMS' };
    const result = imported({ liveSegments: [aRunOf('f1')], flows: [aChain('f1', sms)] });

    expect(result.files.map(({ file }) => file)).toEqual(['flows/big-spender.json']);
    expect(result.report[0]).toMatchObject({ outcome: 'not carried over', file: null });
    expect(result.report[0]?.notes).toEqual([
      expect.stringMatching(/^node "Send SMS" \(sms\): SmsAction is not run/),
      'its flow was written to flows/big-spender.json, to be mended and named by a definition',
    ]);
  });

  test('whose flow is gone, or damaged, is not carried over', () => {
    const result = imported({
      liveSegments: [aRunOf('gone', { name: 'A' }), aRunOf('f1', { name: 'B' })],
      flows: [{ ...aChain('f1'), production: 'AAAA', draft: '' }],
    });

    expect(result.files).toEqual([]);
    expect(result.report.map(({ notes }) => notes)).toEqual([
      ['its flow "gone" is not in the flow index'],
      ['its production is not base64 of a (gzipped) JSON flow'],
    ]);
  });

  test('is told what means something else here', () => {
    const condition = 'profile@a == profile@b AND profile@seen > now.offset("-1d")';
    const flow = aChain(
      'f1',
      { id: 'if', className: 'IfAction', name: 'Seen?', init: { condition } },
      add('x'),
    );
    const { report } = imported({
      liveSegments: [aRunOf('f1')],
      flows: [{ ...flow, production: '', type: 'collection' }],
    });

    expect(report[0]?.notes).toEqual([
      'its flow is not deployed in Tracardi, so its draft was taken',
      'its flow is of type "collection", not "segmentation"',
      expect.stringMatching(/^node "Seen\?": where a profile does not have the field/),
      'node "Seen?" (if): profile@a and profile@b are compared by what they hold',
      'node "Seen?" (if): now is the slot of the run, in UTC; in Tracardi the clock of the server',
    ]);
  });

  test('that reaches no "Update profile" says so', () => {
    const record = aFlowRecord({ ...aFlow([START, add('x')], ['start:payload -> add-x']), id: 'f1' });
    const { report } = imported({ liveSegments: [aRunOf('f1')], flows: [record] });

    expect(report[0]?.notes).toContainEqual(expect.stringMatching(/^no "Update profile" is reached/));
  });

  test('that no live segment runs is named', () => {
    const { report } = imported({ flows: [aChain('f1', add('x')), { ...aChain('f2'), type: 'collection' }] });

    expect(report).toEqual([
      {
        outcome: 'not carried over',
        subject: 'segmentation flow "Flow f1"',
        file: null,
        notes: ['no live segment runs it, so it does nothing in Tracardi'],
      },
    ]);
  });
});

function definitionsOf({ files }: ReturnType<typeof imported>) {
  const text = new Map(files.map(({ file, content }) => [file, content]));
  const sources = files
    .filter(({ file }) => file.endsWith('.yaml'))
    .map(({ file, content }) => {
      const { flow }: { flow?: string } = parse(content);
      const named = flow === undefined ? {} : { flow: toFlowFile(flow, text.get(flow) ?? '', unpackFlow) };
      return { file, content, ...named };
    });
  return checkDefinitions(sources);
}

test('post-event segments stay in Tracardi, with the value they add there and who writes it here', () => {
  const { files, report } = imported({
    segments: [
      {
        id: 's1',
        name: 'Frequent Visitor',
        eventType: ['page-view', 'visit'],
        condition: 'profile@a > 1',
        enabled: true,
      },
      { id: 's2', name: 'Any', eventType: [], condition: 'profile@a > 1', enabled: false },
    ],
    liveSegments: [aLiveSegment({ segment: 'frequent-visitor' })],
  });

  expect(files).toHaveLength(1);
  expect(report.slice(1)).toEqual([
    {
      outcome: 'stays in Tracardi',
      subject: 'post-event segment "Frequent Visitor"',
      file: null,
      notes: [
        'Tracardi adds "frequent-visitor" on events of type page-view, visit, and goes on to do so',
        'big-spender writes "frequent-visitor" as well: what one adds, the other may take away',
      ],
    },
    {
      outcome: 'stays in Tracardi',
      subject: 'post-event segment "Any"',
      file: null,
      notes: ['Tracardi adds "any" on each event, and goes on to do so', 'it is disabled there'],
    },
  ]);
});

test('150 live segments are all carried over, one bad one among them is reported and the others load', () => {
  const liveSegments = Array.from({ length: 150 }, (_, index) =>
    index % 3 === 0
      ? aRunOf(`f${index}`, { id: `l${index}`, name: `Flow ${index}` })
      : aLiveSegment({ id: `l${index}`, name: `Query ${index}`, segment: `V ${index}` }),
  );
  const flows = Array.from({ length: 50 }, (_, index) => aChain(`f${index * 3}`, add(`F ${index}`)));

  const result = imported({
    liveSegments: [...liveSegments, aLiveSegment({ id: 'bad', condition: '(' })],
    flows,
  });

  expect(definitionsOf(result)).toMatchObject({ problems: [], definitions: { length: 150 } });
  expect(result.report.filter(({ outcome }) => outcome === 'not carried over')).toHaveLength(1);
});

test.each<[string, readonly RegExp[]]>([
  ['profile@a == 1', []],
  ['profile@a == 1 AND profile@b == 2 OR profile@c == 3', [/^AND and OR are mixed/]],
  ['profile@a == "x (y" AND profile@b == 2 OR profile@c == 3', [/^AND and OR are mixed/]],
  ['(profile@a == 1 AND profile@b == 2) OR profile@c == 3', []],
  ['profile@a == "c:\\\\temp"', [/^a backslash in a text/]],
  ['profile@a == TRUE', [/^TRUE and FALSE equal no number/]],
  ['profile@segments == "x"', [/^profile@segments == asks for any element/]],
  ['profile@a > datetime("2026-01-01")', [/^a date without a zone is read as UTC/]],
  ['profile@a BETWEEN now.offset("-2d") AND now()', [/^now is the slot of the run/]],
])('of the differences on purpose, those are told that touch %s', (text, messages) => {
  expect(differencesOf(text)).toEqual(messages.map((message) => expect.stringMatching(message)));
});
