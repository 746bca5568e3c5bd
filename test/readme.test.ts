import { readFile } from 'node:fs/promises';
import { expect, test } from 'vitest';
import { Config } from '../src/config.ts';

const readme = await readFile(new URL('../README.md', import.meta.url), 'utf8');

test("the README's configuration table is the schema's: names, defaults, meanings", () => {
  const section = readme.slice(
    readme.indexOf('## Configuration'),
    readme.indexOf('The connection to a Temporal cluster'),
  );
  const rows = section.split('\n').filter((line) => /^\| `[A-Z_]+` /.test(line));
  const defaults = Config.parse({});

  expect(rows.map((row) => row.split(' | ').map((cell) => cell.replace(/^\| | \|$/g, '').trim()))).toEqual(
    Object.entries(Config.shape).map(([name, schema]) => {
      const value: unknown = Reflect.get(defaults, name);
      return [`\`${name}\``, value === undefined ? '' : `\`${text(value)}\``, schema.description];
    }),
  );
});

function text(value: unknown): string {
  return Array.isArray(value) ? value.join(',') : `${value as string | number}`;
}
