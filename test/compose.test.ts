import { mkdtempSync, writeFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { DCLinter } from 'dclint';
import { expect, test } from 'vitest';
import { parse } from 'yaml';
import { Config } from '../src/config.ts';

const FILE = fileURLToPath(new URL('../docker-compose.temporal.yml', import.meta.url));

/** The linter's package declares its types in files it does not ship. */
interface LintResult {
  readonly messages: readonly { readonly type: string; readonly rule: string; readonly message: string }[];
}

/** Errors only: the order of keys and services is the reader's, not the alphabet's. */
function errorsOf(file: string): readonly string[] {
  const linter = new DCLinter({ rules: {}, quiet: true, debug: false, exclude: [] });
  const results: readonly LintResult[] = linter.lintFiles([file], false);
  return results.flatMap(({ messages }) =>
    messages.filter(({ type }) => type === 'error').map(({ rule, message }) => `${rule}: ${message}`),
  );
}

test('docker-compose.temporal.yml keeps to the compose specification', () => {
  expect(errorsOf(FILE)).toEqual([]);
});

test('the check bites: a key that compose does not know is an error', async () => {
  const broken = join(mkdtempSync(join(tmpdir(), 'strata-compose-')), 'docker-compose.yml');
  writeFileSync(broken, (await readFile(FILE, 'utf8')).replace('depends_on:', 'dependson:'));

  expect(errorsOf(broken)).not.toEqual([]);
});

test('every variable that our own services set is one that the configuration reads', async () => {
  const { services } = parse(await readFile(FILE, 'utf8')) as {
    services: Record<string, { build?: string; environment?: Record<string, string> }>;
  };
  const ours = Object.values(services).filter(({ build }) => build !== undefined);
  const names = ours.flatMap(({ environment }) => Object.keys(environment ?? {}));

  expect(names.filter((name) => !(name in Config.shape) && !name.startsWith('TEMPORAL_'))).toEqual([]);
  expect(names).toContain('STRATA_DATA');
  expect(names).toContain('MYSQL_URL');
});

test('every server that keeps data says when it is healthy, and keeps it in a volume that is declared', async () => {
  const { services, volumes } = parse(await readFile(FILE, 'utf8')) as {
    services: Record<string, { image?: string; healthcheck?: object; volumes?: readonly string[] }>;
    volumes: Record<string, null>;
  };

  for (const name of ['postgresql', 'elasticsearch', 'mysql']) {
    const [volume = ''] = services[name]?.volumes?.[0]?.split(':') ?? [];
    expect(services[name]?.healthcheck, name).toBeDefined();
    expect(Object.keys(volumes), name).toContain(volume);
  }
});

test('the Temporal server has one partition a task queue, as the one that Strata starts', async () => {
  const { services, configs } = parse(await readFile(FILE, 'utf8')) as {
    services: { temporal: { environment: Record<string, string>; configs: readonly Mounted[] } };
    configs: Record<string, { content: string }>;
  };
  const { environment, configs: mounted } = services.temporal;
  const read = mounted.find(({ target }) => target === environment['DYNAMIC_CONFIG_FILE_PATH']);

  expect(parse(configs[read?.source ?? '']?.content ?? '')).toEqual({
    'matching.numTaskqueueWritePartitions': [{ value: 1 }],
    'matching.numTaskqueueReadPartitions': [{ value: 1 }],
  });
});

interface Mounted {
  readonly source: string;
  readonly target: string;
}
