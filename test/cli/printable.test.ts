import { expect, test } from 'vitest';
import { table } from '../../src/cli/output.ts';
import { printable } from '../../src/cli/printable.ts';

const RED = 'a\u001b[31mb\u009bc\u007f\r';

test('control characters are shown and not sent; lines and tabs stay', () => {
  expect(printable(`${RED}\n\té😀`)).toBe('a\\u001b[31mb\\u009bc\\u007f\\u000d\n\té😀');
});

test('JSON stays the same document', () => {
  expect(JSON.parse(printable(JSON.stringify({ [RED]: RED })))).toEqual({ [RED]: RED });
});

test('a table is as wide as what it shows', () => {
  const lines = table(['id'], [[RED], ['b']]).split('\n');

  expect(new Set(lines.map((line) => line.length)).size).toBe(1);
});
