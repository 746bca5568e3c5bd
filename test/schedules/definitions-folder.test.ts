import { chmodSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { checkDefinitions, describe } from '../../src/domain/definition-set.ts';
import { readDefinitionsFolder } from '../../src/schedules/definitions-folder.ts';

let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'strata-definitions-'));
});

afterEach(() => {
  rmSync(folder, { recursive: true, force: true });
});

function write(file: string, content: string): void {
  mkdirSync(join(folder, file, '..'), { recursive: true });
  writeFileSync(join(folder, file), content);
}

test('definitions are read below the folder in name order, and nothing else is', async () => {
  write('b.yml', 'id: b');
  write('a.yaml', 'id: a');
  write('team/c.YAML', 'id: c');
  write('README.md', '# ours');
  write('.git/d.yaml', 'id: d');

  expect(await readDefinitionsFolder(folder)).toEqual([
    { file: 'a.yaml', content: 'id: a' },
    { file: 'b.yml', content: 'id: b' },
    { file: 'team/c.YAML', content: 'id: c' },
  ]);
});

test('a mounted ConfigMap, whose files are links into a hidden folder, has each definition once', async () => {
  write('..2026_11_21/a.yaml', 'id: a');
  symlinkSync('..2026_11_21', join(folder, '..data'));
  symlinkSync('..data/a.yaml', join(folder, 'a.yaml'));

  expect(await readDefinitionsFolder(folder)).toEqual([{ file: 'a.yaml', content: 'id: a' }]);
});

test('a file of any size is read no further than a definition can be, and then refused', async () => {
  write('a.yaml', `id: a\nkind: live\ncondition: profile@a == 1\n# ${'ü'.repeat(5_000_000)}`);

  const sources = await readDefinitionsFolder(folder);

  expect(sources[0]?.content.length).toBeLessThan(1_000_000);
  expect(checkDefinitions(sources).problems).toMatchObject([
    { message: expect.stringContaining('longer than') },
  ]);
});

test('what cannot be read is one problem of its own, and the other files load', async () => {
  write('good.yaml', 'id: good\nkind: live\ncondition: profile@a == 1\n');
  symlinkSync('nowhere.yaml', join(folder, 'link.yaml'));
  write('mounted.yaml/keep', '');
  symlinkSync('mounted.yaml', join(folder, 'to-folder.yaml'));
  symlinkSync('mounted.yaml', join(folder, 'other-team'));
  symlinkSync('nobody', join(folder, 'team-that-left'));
  symlinkSync('good.yaml', join(folder, 'notes.txt'));
  write('secret.yaml', 'id: secret');
  chmodSync(join(folder, 'secret.yaml'), 0);
  write('team/a.yaml', 'id: a');
  chmodSync(join(folder, 'team'), 0);

  const sources = await asUserWithLimits(() => readDefinitionsFolder(folder));

  const { definitions, problems } = checkDefinitions(sources);
  expect(definitions.map(({ segment }) => segment.id)).toEqual(['good']);
  expect(problems.map(describe)).toEqual([
    'link.yaml:1:1: cannot be read: there is nothing of that name',
    'mounted.yaml:1:1: cannot be read: it is a folder. Rename it, or put the file here that was to be mounted',
    'other-team:1:1: cannot be read: it is a link to a folder. Put the folder here, or link its files',
    'secret.yaml:1:1: cannot be read: it may not be read by this user',
    'team:1:1: cannot be read: it may not be read by this user',
    'team-that-left:1:1: cannot be read: it is a link to what is not there. Mend it, or remove it',
    'to-folder.yaml:1:1: cannot be read: it is no file. Put one here, or remove it',
  ]);
});

/** For root nothing is unreadable: it becomes nobody for as long as the work takes. */
async function asUserWithLimits<T>(work: () => Promise<T>): Promise<T> {
  const isRoot = process.geteuid?.() === 0;
  if (isRoot) {
    chmodSync(folder, 0o755);
    process.seteuid?.(65_534);
  }
  try {
    return await work();
  } finally {
    if (isRoot) process.seteuid?.(0);
    chmodSync(join(folder, 'team'), 0o755);
  }
}
