import { expect, test } from 'vitest';
import { describe as toLine } from '../../src/domain/definition-set.ts';
import { parseDefinition } from '../../src/domain/definition.ts';

const REST = 'kind: live\ncondition: profile@a == 1\n';

function problemsOf(content: string): readonly string[] {
  const parsed = parseDefinition({ file: 'a.yaml', content });
  return parsed.kind === 'refused' ? parsed.problems.map(toLine) : [];
}

test.each([
  ['nothing in it', '', '1:1: the file is empty; a definition has an id, a kind and more'],
  ['only a comment', '# later\n', '1:1: the file is empty; a definition has an id, a kind and more'],
  ['a list', '- a\n- b\n', '1:1: a definition is keys with values, such as "kind: live"; found a list'],
  ['a key twice', `id: a\nid: b\n${REST}`, '2:1: the key "id" stands here a second time'],
  [
    'two documents',
    `id: a\n${REST}---\nid: b\n`,
    '4:1: a second document starts here (---), but a file holds one definition',
  ],
  [
    'a tab as indentation',
    'id: a\nkind: live\nworkflow:\n\tsteps: []\n',
    '4:1: found a tab at the start of a line; YAML indents with spaces',
  ],
  ['a list as a key', `id: a\n? [a, b]\n: x\n${REST}`, '2:3: a key must be plain text'],
  ['an open quote', `id: "a\n${REST}`, '1:5: the " here is never closed'],
  ['an open bracket', 'id: a\nkind: [live\n', '2:7: the [ here is never closed'],
  [
    'a colon in a text',
    `id: a\nname: one: two\n${REST}`,
    '2:7: found a key inside a value; put a text with ": " in quotes, and start keys that belong together in one column',
  ],
  [
    'a character that YAML reserves',
    'id: a\nkind: live\ncondition: @a\n',
    '3:12: a value cannot start with @; put it in quotes',
  ],
  [
    'a text that is quoted in part',
    'id: a\nkind: live\ncondition: "a" == 1\n',
    '3:16: found more after the end of a value; put a text that starts with a quote or bracket in quotes as a whole',
  ],
  [
    'a tag',
    `id: !!binary aGk=\n${REST}`,
    '1:5: found a tag; definitions have none, so put a text that starts with ! in quotes',
  ],
  [
    'an alias of nothing',
    `id: *nope\n${REST}`,
    '1:5: the alias *nope names no anchor before it; a text that starts with * is put in quotes',
  ],
  ['bytes that are no text', '\u0089PNG\r\n\u001A\n\0\0\0', '3:1: the file is not text in UTF-8'],
  ['another encoding', `id: a\nname: M\uFFFDller\n${REST}`, '2:8: the file is not text in UTF-8'],
  [
    'values nested without end',
    `id: a\nlabels: ${'['.repeat(100_000)}`,
    /^2:\d+: the values are nested too deeply$/,
  ],
  [
    'a length that no definition has',
    `id: a\n${REST}# ${'x'.repeat(300_000)}`,
    '1:1: the file is longer than 262,144 characters, which no definition is',
  ],
])('a file with %s is refused in words of our own, once', (_, content, problem) => {
  const [first, ...more] = problemsOf(content);

  expect(more).toEqual([]);
  if (typeof problem === 'string') expect(first).toBe(`a.yaml:${problem}`);
  else expect(first?.slice('a.yaml:'.length)).toMatch(problem);
});

test('aliases of aliases are refused before they unfold', () => {
  const levels = Array.from({ length: 20 }, (_, level) => {
    const value = level === 0 ? 'x' : `*l${level - 1}`;
    return `  l${level}: &l${level} [${Array(9).fill(value).join(', ')}]\n`;
  });

  expect(problemsOf(`id: a\nlabels:\n${levels.join('')}${REST}`)).toEqual([
    expect.stringMatching(
      /^a\.yaml:\d+:\d+: (there are more than 100 aliases|its aliases unfold to too many values)$/,
    ),
  ]);
});

test.each([
  ['order: .nan', 'order: must be a number, found NaN'],
  ['order: -.inf', 'order: must be a number, found -Infinity'],
  ['order: 1.5', 'order: must be a whole number, found the number 1.5'],
  ['priority: 9', 'priority: must be 5 or less, found 9'],
  ['priority: 0', 'priority: must be 1 or more, found 0'],
  ['enabled: yes', 'enabled: must be true or false, found the text "yes"'],
  ['labels: { team: 5 }', 'labels.team: must be a text, found the number 5; put it in quotes'],
  ['mode: sink', 'mode: must be one of sync, add; found the text "sink"; did you mean "sync"?'],
  ['mode: [add]', 'mode: must be one of sync, add; found a list'],
  ['value: ""', 'value: must not be empty'],
  ['slots: 9:00', 'slots: must be a list, found the text "9:00"'],
  ['slots: []', 'slots: must not be empty'],
  ['every: 5', 'every: must be a number of minutes, hours or days such as "15m", "1h", "1d"'],
  ['maxShrink: 50', 'maxShrink: must be a percentage such as "50%"'],
])('%s says what was found and what is expected', (line, problem) => {
  expect(problemsOf(`id: a\n${REST}${line}\n`).map((text) => text.replace(/^a\.yaml:\d+:\d+: /, ''))).toEqual(
    [problem],
  );
});

test.each([
  ['a byte order mark', `\uFEFFid: a\n${REST}`],
  ['line ends of Windows', `id: a\n${REST}`.replaceAll('\n', '\r\n')],
  ['an anchor and its alias', `id: &id a\nname: *id\n${REST}`],
  ['marks around the document', `---\nid: a\n${REST}...\n`],
])('a file with %s loads', (_, content) => {
  expect(problemsOf(content)).toEqual([]);
});

test('a place is right behind a byte order mark and with line ends of Windows', () => {
  const content = `id: a\nkind: live\ncondition: profile@a ==\n`;

  expect(problemsOf(content)[0]).toMatch(/^a\.yaml:3:\d+: condition: /);
  expect(problemsOf(`\uFEFF${content.replaceAll('\n', '\r\n')}`)).toEqual(problemsOf(content));
});
