import { chmodSync, existsSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { onTestFinished } from 'vitest';

/** A folder of this test's own, removed only when the test passed: a failed one leaves its logs. */
export function aFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'strata-temporal-'));
  onTestFinished(({ task }) => {
    if (task.result?.state !== 'fail') rmSync(folder, { recursive: true, force: true });
  });
  return folder;
}

/** A shell script that stands for a program. */
export function aScript(path: string, ...lines: readonly string[]): string {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, ['#!/bin/sh', ...lines, ''].join('\n'));
  chmodSync(path, 0o755);
  return path;
}

/** An environment whose cache is empty and whose PATH has no `temporal` and no `go` but the test's. */
export function anEnvironment(folder: string, variables: Readonly<Record<string, string>> = {}) {
  const bin = join(folder, 'bin');
  mkdirSync(bin, { recursive: true });
  for (const program of ['chmod', 'sleep', 'tar']) {
    const real = [`/usr/bin/${program}`, `/bin/${program}`].find((path) => existsSync(path));
    if (real !== undefined) symlinkSync(real, join(bin, program));
  }
  const cache = join(folder, 'cache');
  return { HOME: folder, XDG_CACHE_HOME: cache, LOCALAPPDATA: cache, PATH: bin, ...variables };
}

export const SAYS_VERSION = `echo 'temporal version 1.5.1 (Server 1.29.1, UI 2.42.1)'`;
