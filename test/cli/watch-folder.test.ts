import { chmodSync, mkdirSync, mkdtempSync, readdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { watchFolder } from '../../src/cli/watch-folder.ts';
import { UserError } from '../../src/domain/errors.ts';

let folder: string;
let lines: string[];
let end: () => Promise<void>;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'strata-watch-'));
  chmodSync(folder, 0o755);
  lines = [];
  end = async () => undefined;
});

afterEach(async () => {
  await end();
  // For root nothing is unreadable, so a test becomes nobody.
  if (process.getuid?.() === 0) process.seteuid?.(0);
  for (const each of [folder, `${folder}.away`]) rmSync(each, { recursive: true, force: true });
});

/** Until the watcher has seen the folder, what is written is not new to it. */
async function writeUntil(isSeen: () => boolean): Promise<void> {
  let version = 0;
  await vi.waitFor(
    () => {
      version += 1;
      if (!isSeen()) writeFileSync(join(folder, `${version}.yaml`), '');
      expect(isSeen()).toBe(true);
    },
    { timeout: 15_000, interval: 100 },
  );
}

test('a folder that cannot be applied is said, and applied again when it changes', async () => {
  let applied = 0;
  const apply = async (): Promise<void> => {
    applied += 1;
    if (applied === 1) throw new UserError('a file is broken.');
  };
  end = watchFolder(folder, { apply, report: (line) => lines.push(line) });

  await writeUntil(() => applied > 1);

  expect(lines).toEqual(['the folder could not be applied: a file is broken.']);
});

test('a part of the folder that may not be read is said, and does not end the process', async () => {
  mkdirSync(join(folder, 'team'), { mode: 0 });
  if (process.getuid?.() === 0) process.seteuid?.(65_534);

  end = watchFolder(folder, { apply: async () => undefined, report: (line) => lines.push(line) });

  await vi.waitFor(() => expect(lines).toHaveLength(1), 15_000);
  expect(lines[0]).toMatch(/are not seen: it may not be read by this user/);
});

test('a folder that is replaced is said once while it is away, then applied and watched again', async () => {
  const seen = new Set<string>();
  const apply = async (): Promise<void> => {
    try {
      for (const file of readdirSync(folder)) seen.add(file);
    } catch {
      throw new UserError('there is no folder.');
    }
  };
  end = watchFolder(folder, { apply, report: (line) => lines.push(line) });
  await writeUntil(() => seen.size > 0);

  renameSync(folder, `${folder}.away`);
  await vi.waitFor(() => expect(lines).toHaveLength(1), 15_000);
  mkdirSync(folder);
  writeFileSync(join(folder, 'copied.yaml'), '');
  await vi.waitFor(() => expect(seen).toContain('copied.yaml'), 15_000);
  writeFileSync(join(folder, 'later.yaml'), '');

  await vi.waitFor(() => expect(seen).toContain('later.yaml'), 15_000);
  expect(lines).toEqual(['the folder could not be applied: there is no folder.']);
});

test('a folder that is replaced at once is applied and watched again', async () => {
  const seen = new Set<string>();
  const apply = async (): Promise<void> => {
    for (const file of readdirSync(folder)) seen.add(file);
  };
  end = watchFolder(folder, { apply, report: (line) => lines.push(line) });
  await writeUntil(() => seen.size > 0);

  rmSync(folder, { recursive: true });
  mkdirSync(folder);
  writeFileSync(join(folder, 'deployed.yaml'), '');
  await vi.waitFor(() => expect(seen).toContain('deployed.yaml'), 15_000);
  writeFileSync(join(folder, 'later.yaml'), '');

  await vi.waitFor(() => expect(seen).toContain('later.yaml'), 15_000);
});
