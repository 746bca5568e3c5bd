import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { expect, test } from 'vitest';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const FIXTURES = join(ROOT, 'test/lint/fixtures');
const FILES = readdirSync(FIXTURES, { recursive: true, encoding: 'utf8' }).filter((file) =>
  file.endsWith('.ts'),
);

interface Diagnostic {
  readonly filename: string;
  readonly labels: readonly { readonly span: { readonly line: number } }[];
}

interface LintConfig {
  ignorePatterns: string[];
  jsPlugins: string[];
  rules: Record<string, unknown>;
}

/** The project's own rules, without the pattern that keeps the fixtures out of the normal run. */
function rulesForFixtures(folder: string): string {
  const config = JSON.parse(readFileSync(join(ROOT, '.oxlintrc.json'), 'utf8')) as LintConfig;
  const jsPlugins = config.jsPlugins.map((plugin) =>
    fileURLToPath(plugin.startsWith('.') ? pathToFileURL(join(ROOT, plugin)) : import.meta.resolve(plugin)),
  );
  const path = join(folder, 'oxlintrc.json');
  const rules = { ...config.rules, 'no-unused-vars': 'off' };
  writeFileSync(path, JSON.stringify({ ...config, jsPlugins, rules, ignorePatterns: [] }));
  return path;
}

function lint(): Diagnostic[] {
  const folder = mkdtempSync(join(tmpdir(), 'strata-lint-'));
  const oxlint = join(ROOT, 'node_modules/oxlint/bin/oxlint');
  const { stdout, stderr } = spawnSync(
    process.execPath,
    [oxlint, '--config', rulesForFixtures(folder), '--format', 'json', FIXTURES],
    { encoding: 'utf8', cwd: ROOT },
  );
  rmSync(folder, { recursive: true });
  if (!stdout.startsWith('{')) throw new Error(`oxlint did not run: ${stdout}${stderr}`);
  return (JSON.parse(stdout) as { diagnostics: Diagnostic[] }).diagnostics;
}

const diagnostics = lint();

test.each(FILES)('%s: exactly the lines marked as refused are refused', (file) => {
  const lines = readFileSync(join(FIXTURES, file), 'utf8').split('\n');
  const marked = lines.flatMap((line, index) => (line.endsWith('// refused') ? [index + 1] : []));

  const refused = diagnostics
    .filter(({ filename }) => filename.endsWith(file))
    .flatMap(({ labels }) => labels.slice(0, 1).map(({ span }) => span.line));

  expect([...new Set(refused)].sort((a, b) => a - b)).toEqual(marked);
});
