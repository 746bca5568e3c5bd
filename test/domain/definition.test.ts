import { expect, test } from 'vitest';
import { checkDefinitions, describe as toLine } from '../../src/domain/definition-set.ts';
import { parseDefinition } from '../../src/domain/definition.ts';
import type { FlowFile } from '../../src/domain/flow/flow-file.ts';
import { flowText, type DrawnNode } from '../support/tracardi-flows.ts';

function problemsOf(content: string): readonly string[] {
  const parsed = parseDefinition({ file: 'a.yaml', content });
  return parsed.kind === 'refused' ? parsed.problems.map(toLine) : [];
}

function live(id: string, rest: string): { file: string; content: string } {
  return { file: `${id}.yaml`, content: `id: ${id}\nkind: live\n${rest}\n` };
}

test.each([
  ['live condition', 'id: a\nkind: live\ncondition: profile@stats.visits > 10\n'],
  [
    'live workflow',
    'id: a\nkind: live\nworkflow:\n  steps:\n    - when: profile@a == 1\n      then: [{ add: gold }, { remove: silver }]\n',
  ],
  ['live query', 'id: a\nkind: live\nquery: traits.country:DE\n'],
  ['static', 'id: a\nkind: static\nat: 2026-11-08T09:00:00+05:30\nsql: SELECT user_id FROM orders\n'],
  ['dynamic', "id: a\nkind: dynamic\nslots: ['09:00']\ntimezone: Asia/Kolkata\nsql: SELECT 1\n"],
  ['proxy', 'id: a\nkind: proxy\ntag: order-count\norders: { gte: 3, lte: 3 }\n'],
])('%s is a valid definition', (_, content) => {
  expect(problemsOf(content)).toEqual([]);
});

const START: DrawnNode = { id: 'start', className: 'StartSegmentationAction' };
const ADD: DrawnNode = { id: 'add', className: 'AddSegmentAction', init: { segment: 'gold' } };
const UPDATE: DrawnNode = { id: 'update', className: 'UpdateProfileAction' };

function withFlow(flow: FlowFile | undefined, rest = '') {
  const content = `id: a\nkind: live\nflow: flows/loyalty.json\n${rest}`;
  return parseDefinition({ file: 'a.yaml', content, ...(flow === undefined ? {} : { flow }) });
}

function drawn(...nodes: readonly DrawnNode[]): FlowFile {
  return {
    file: 'flows/loyalty.json',
    content: flowText(
      [START, ...nodes],
      nodes.map(({ id }) => `start:payload -> ${id}` as const),
    ),
  };
}

test('a flow claims the values that its nodes write, and its warnings name the flow file', () => {
  const saved = withFlow(drawn(ADD, UPDATE));
  const unsaved = withFlow(drawn(ADD));

  expect(saved).toMatchObject({ definition: { values: ['gold'], warnings: [] } });
  expect(unsaved).toMatchObject({
    definition: { values: ['gold'], warnings: [{ file: 'flows/loyalty.json', line: 1, column: 1 }] },
  });
});

test.each<[string, FlowFile | undefined, string, RegExp]>([
  [
    'a node that is not run',
    drawn({ id: 'sms', className: 'SmsAction', name: 'Send SMS' }, UPDATE),
    '',
    /^flows\/loyalty\.json:1:1: node "Send SMS" \(sms\): SmsAction is not run/,
  ],
  [
    'a file that cannot be read',
    { file: 'flows/loyalty.json', problem: 'cannot be read: no such file' },
    '',
    /^flows\/loyalty\.json:1:1: cannot be read: no such file/,
  ],
  [
    'a content that did not come along',
    undefined,
    '',
    /^a\.yaml:1:1: flow: the content of flows\/loyalty\.json did not come with this definition/,
  ],
  [
    'a value beside its nodes',
    drawn(ADD, UPDATE),
    'value: x\n',
    /^a\.yaml:4:8: value: a workflow names its values in its actions, a flow in its nodes/,
  ],
])('a flow is refused for %s', (_, flow, rest, message) => {
  const parsed = withFlow(flow, rest);

  expect(parsed.kind === 'refused' && parsed.problems.map(toLine)).toEqual([expect.stringMatching(message)]);
});

test('values without a flow are refused', () => {
  expect(problemsOf('id: a\nkind: live\ncondition: profile@a == 1\nvalues: [x]\n')[0]).toMatch(
    /^a\.yaml:4:1: values: values is for a flow/,
  );
});

test('an unknown key is refused with its place and the nearest known one', () => {
  const [problem, ...more] = problemsOf('id: a\nkind: live\nconditon: profile@a == 1\n');

  expect(more).toEqual([]);
  expect(problem).toMatch(/^a\.yaml:3:1: unknown key "conditon"; did you mean "condition"\?/);
});

test('an unknown key inside a workflow step is refused where it stands', () => {
  const [problem] = problemsOf(
    'id: a\nkind: live\nworkflow:\n  steps:\n    - wen: profile@a == 1\n      then: [{ add: x }]\n',
  );

  expect(problem).toMatch(/^a\.yaml:5:7: unknown key "wen"; did you mean "when"\?/);
});

function cron(text: string, timezone = 'UTC'): string {
  return `id: a\nkind: live\ncondition: profile@a == 1\ncron: '${text}'\ntimezone: ${timezone}\n`;
}

test.each([
  ['0 9 * * MON-FRI', 'Europe/Berlin'],
  ['*/15 4-23/2 1,15 JAN,jul *', 'Europe/Berlin'],
  ['0 * * * *', 'Europe/Berlin'],
  ['30 2 * * *', 'Asia/Kolkata'],
  ['0 9 29 2 *', 'UTC'],
  ['0 9 * * 0-7', 'UTC'],
])('the cron %s in %s is valid', (text, timezone) => {
  expect(problemsOf(cron(text, timezone))).toEqual([]);
});

test.each([
  [
    'an id that is too long',
    `id: ${'a'.repeat(64)}\nkind: live\ncondition: profile@a == 1\n`,
    /^a\.yaml:1:5: id: must be 1 to 63/,
  ],
  [
    'no kind',
    'id: a\ncondition: profile@a == 1\n',
    /^a\.yaml:1:1: kind: is missing; it must be one of live, static, dynamic, proxy$/,
  ],
  [
    'two forms',
    'id: a\nkind: live\ncondition: profile@a == 1\nquery: x\n',
    /expected exactly one of condition, workflow, flow, query; found condition and query/,
  ],
  [
    'no form',
    'id: a\nkind: live\n',
    /expected exactly one of condition, workflow, flow, query; found none of them/,
  ],
  [
    'a zone that is none',
    'id: a\nkind: live\ncondition: profile@a == 1\ntimezone: Asia/Calcuta\n',
    /timezone: is not an IANA time zone/,
  ],
  [
    'a slot that a clock change skips',
    "id: a\nkind: live\ncondition: profile@a == 1\nslots: ['02:30']\ntimezone: Europe/Berlin\n",
    /slot 02:30 in Europe\/Berlin can be skipped or repeated/,
  ],
  ['a broken cron', cron('61 * * * *'), /^a\.yaml:4:7: cron: found "61" as minute; expected \*, 0 to 59, /],
  ['a cron of six fields', cron('0 0 9 * * *'), /cron: must have five fields: .*; found 6/],
  ['a cron that only some parsers read', cron('0 9 L * *'), /cron: found "L" as day-of-month/],
  ['a cron that Temporal reads as a comment', cron('0 9 * * 5#2'), /cron: found "5#2" as day-of-week/],
  ['a cron of two kinds of days', cron('0 9 13 * 5'), /cron: .*crontab reads as "either"/],
  ['a cron that never fires', cron('0 9 31 2 *'), /cron: names a day that never comes/],
  [
    'a cron at an hour that a clock change skips',
    cron('30 2 * * *', 'Europe/Berlin'),
    /^a\.yaml:4:7: cron: hour 2 in Europe\/Berlin can be skipped or repeated/,
  ],
  [
    'a cron whose steps meet such an hour',
    cron('0 9,*/6 * * *', 'Europe/Berlin'),
    /cron: hour 0 in Europe\/Berlin/,
  ],
  [
    'a value of more than 64 bytes',
    `id: a\nkind: live\ncondition: profile@a == 1\nvalue: ${'ü'.repeat(33)}\n`,
    /value: is longer than 64 bytes/,
  ],
])('%s is refused', (_, content, message) => {
  expect(problemsOf(content)[0]).toMatch(message);
});

test('a condition error stands at its line and column of the file', () => {
  expect(problemsOf('id: a\nkind: live\ncondition: profile@a ==\n')[0]).toMatch(
    /^a\.yaml:3:\d+: condition: /,
  );
  expect(problemsOf('id: a\nkind: live\ncondition: |\n  profile@a == 1\n  AND event@b == 1\n')[0]).toMatch(
    /^a\.yaml:5:7: condition: /,
  );
});

test('a condition over profiles may not read other sources, a workflow may read its payload', () => {
  expect(problemsOf('id: a\nkind: live\ncondition: payload@x == 1\n')).toHaveLength(1);
  expect(
    problemsOf('id: a\nkind: live\nworkflow:\n  filter: payload@x == 1\n  steps: [{ then: [{ add: b }] }]\n'),
  ).toEqual([]);
});

test('of two files with one id neither is computed: a copied file takes nobody out of a segment', () => {
  const { definitions, leftOut } = checkDefinitions([
    { file: 'a.yaml', content: 'id: x\nkind: live\ncondition: profile@a == 1\n' },
    { file: 'b.yaml', content: 'id: x\nkind: live\ncondition: profile@a == 2\n' },
  ]);

  expect(definitions).toEqual([]);
  expect(leftOut).toEqual([
    { id: 'x', reason: 'a.yaml:1:1: id "x" is also defined in b.yaml' },
    { id: 'x', reason: 'b.yaml:1:1: id "x" is also defined in a.yaml' },
  ]);
});

test('a value has one owner, unless workflows share it and all say so', () => {
  const condition = live('vip', 'condition: profile@a == 1');
  const shared = (id: string) => live(id, 'shared: true\nworkflow:\n  steps: [{ then: [{ add: gold }] }]');
  const alone = live('c', 'workflow:\n  steps: [{ then: [{ add: vip }] }]');

  expect(checkDefinitions([shared('a'), shared('b')]).problems).toEqual([]);
  expect(checkDefinitions([condition, alone]).leftOut.map(({ id }) => id)).toEqual(['vip', 'c']);
});

test('one bad definition stays one', () => {
  const { definitions, problems } = checkDefinitions([
    live('good', 'condition: profile@a == 1'),
    live('bad', 'condition: profile@a ='),
    live('other', 'condition: profile@a == 2'),
  ]);

  expect(definitions.map(({ segment }) => segment.id)).toEqual(['good', 'other']);
  expect(problems).toHaveLength(1);
});

test('a priority of a live segment is told to change nothing', () => {
  const { problems, warnings } = checkDefinitions([
    live('a', 'priority: 1\ncondition: profile@a == 1'),
    live('b', 'condition: profile@b == 1'),
  ]);

  expect(problems).toEqual([]);
  expect(warnings.map(toLine)).toEqual([
    'a.yaml:1:1: priority orders the refreshes of static and dynamic segments; it changes nothing for a live one',
  ]);
});

test('naming a segment nobody defines is a warning, not a refusal', () => {
  const { problems, warnings } = checkDefinitions([
    live('a', 'condition: profile@segments CONTAINS "nobody"'),
  ]);

  expect(problems).toEqual([]);
  expect(warnings.map(toLine)).toEqual([
    'a.yaml:1:1: profile@segments is compared with "nobody", which no definition writes',
  ]);
});

test('a query that asks for the membership is told that it sees the one of this moment', () => {
  const asks = live('asks', 'query: "country:DE AND NOT segments:gold"');
  const others = [live('other', 'query: traits.segments:gold'), live('quiet', 'query: "my_segments:gold"')];

  const { warnings } = checkDefinitions([asks, ...others]);

  expect(warnings.map(toLine)).toEqual([expect.stringMatching(/^asks.yaml:3:1: query asks for segments:/)]);
});
