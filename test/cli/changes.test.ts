import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { z } from 'zod';
import { readConfig } from '../../src/config.ts';
import { openStores } from '../../src/workers/open-stores.ts';
import { finish, type Finished } from '../e2e/fresh-copy.ts';
import { killChildren } from '../support/child.ts';
import { logBuyers } from '../support/logged-buyers.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const Lines = z.array(z.object({ profileId: z.string(), cursor: z.string() }));

let folder: string;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'strata-changes-'));
  const stores = await openStores(readConfig({ STRATA_DATA: folder }));
  await logBuyers(stores, ['a', 'b', 'c']);
  await stores.close();
});

afterAll(async () => {
  await killChildren();
  rmSync(folder, { recursive: true, force: true });
});

function changes(...args: readonly string[]): Promise<Finished> {
  const strata = ['--import', 'tsx', 'src/cli/main.ts', 'changes', 'buyers', '--data', folder];
  return finish(process.execPath, [...strata, ...args], { cwd: ROOT });
}

test('a list that has not reached the end says by which flag it goes on', async () => {
  const { stdout } = await changes('--limit', '2');
  const [, flag = '', cursor = ''] = /there are more: .* goes on with (--after) (\S+)\n$/.exec(stdout) ?? [];

  const rest = await changes('--limit', '2', '--run', 'run-1', flag, cursor);

  expect(stdout).toMatch(/│ a .*\n│ b /);
  expect(rest).toMatchObject({ code: 0, stderr: '' });
  expect(rest.stdout).toMatch(/│ c /);
  expect(rest.stdout).not.toMatch(/│ [ab] |there are more/);
});

test('the JSON document is the lines, each with the cursor to go on after it', async () => {
  const first = await changes('--limit', '2', '--json');
  const lines = Lines.parse(JSON.parse(first.stdout));
  const rest = await changes('--json', '--after', lines[0]?.cursor ?? '');
  const more = Lines.parse(JSON.parse(rest.stdout));

  expect(first.stderr).toBe(
    `there are more: the same command goes on with --after ${lines[1]?.cursor ?? ''}\n`,
  );
  expect([lines, more].map((page) => page.map(({ profileId }) => profileId))).toEqual([
    ['a', 'b'],
    ['b', 'c'],
  ]);
  expect(rest.stderr).toBe('');
  expect(await changes('--after', more[1]?.cursor ?? '')).toMatchObject({
    code: 0,
    stdout: 'nothing is logged for buyers after that line\n',
  });
});

test('what is no cursor is one message with exit code 2', async () => {
  expect(await changes('--after', 'b')).toMatchObject({
    code: 2,
    stdout: '',
    stderr:
      'strata: "b" is no place in the membership log: to go on, take the cursor that came with its lines, whole.\n',
  });
});
