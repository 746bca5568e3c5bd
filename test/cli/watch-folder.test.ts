import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
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
  rmSync(folder, { recursive: true, force: true });
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
