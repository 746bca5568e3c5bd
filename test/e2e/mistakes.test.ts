import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { readConfig } from '../../src/config.ts';
import { openStores } from '../../src/workers/open-stores.ts';
import { killChildren, startChild } from '../support/child.ts';
import { describeWithTemporal } from '../support/temporal.ts';
import { finish, type Finished } from './fresh-copy.ts';
import { killServerOf } from '../support/running-up.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const STRATA = ['--import', 'tsx', 'src/cli/main.ts'];

const BROKEN = {
  'a-good.yaml': 'id: good\nkind: live\ncondition: profile@stats.orders > 2\n',
  'b-yaml.yaml': 'id: b\nkind: [live\n',
  'c-key.yaml': 'id: c\nkind: live\nconditon: profile@stats.orders > 2\n',
  'd-condition.yaml': 'id: d\nkind: live\ncondition: profile@stats.orders >\n',
  'e-twice.yaml': 'id: twice\nkind: live\ncondition: profile@stats.orders > 3\n',
  'e-twice-copy.yaml': 'id: twice\nkind: live\ncondition: profile@stats.orders > 4\n',
  'f-long.yaml': `id: ${'f'.repeat(300)}\nkind: live\ncondition: profile@stats.orders > 3\n`,
};

let folder: string;
let broken: string;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'strata-mistakes-'));
  broken = definitions('broken', BROKEN);
  writeFileSync(join(folder, 'taken'), 'a file');
});

afterAll(async () => {
  await killChildren();
  rmSync(folder, { recursive: true, force: true });
});

function strata(args: readonly string[], env: Readonly<Record<string, string>> = {}): Promise<Finished> {
  return finish(process.execPath, [...STRATA, ...args], { cwd: ROOT, env });
}

function definitions(name: string, files: Readonly<Record<string, string>>): string {
  const path = join(folder, name);
  mkdirSync(path);
  for (const [file, content] of Object.entries(files)) writeFileSync(join(path, file), content);
  return path;
}

describe.concurrent('a broken folder of definitions', () => {
  test('is told by file, line and column, and check ends with 1', async () => {
    const { code, stdout, stderr } = await strata(['check', '--segments', broken]);

    expect({ code, stderr }).toEqual({ code: 1, stderr: '' });
    const places = stdout.split('\n').map((line) => /([a-z-]+\.yaml:\d+:\d+): /.exec(line)?.[1]);
    expect(places).toEqual(
      expect.arrayContaining([
        'b-yaml.yaml:2:7',
        'c-key.yaml:3:1',
        'd-condition.yaml:3:34',
        'e-twice.yaml:1:1',
        'e-twice-copy.yaml:1:1',
        'f-long.yaml:1:5',
      ]),
    );
    expect(stdout).toContain('"condition"');
    expect(stdout).toMatch(/1 of 7 definitions are valid/);
  });

  test('is one document with --json', async () => {
    const { code, stdout } = await strata(['check', '--json', '--segments', broken]);

    expect(code).toBe(1);
    expect(JSON.parse(stdout)).toMatchObject({ files: 7, valid: ['good'] });
  });

  test('that does not exist is one message', async () => {
    expect(await strata(['check', '--segments', join(folder, 'nowhere')])).toMatchObject({
      code: 2,
      stderr: expect.stringMatching(/^strata: [^\n]*nowhere[^\n]*\n$/),
    });
  });
});

describe.concurrent('a data folder that cannot be used', () => {
  test.each([
    ['a file in its place', 'taken', 'it is a file, not a folder'],
    ['a file above it', 'taken/below', 'a part of its path is a file, not a folder'],
  ])('because of %s is one message with exit code 2', async (_, path, reason) => {
    expect(await strata(['up', '--once', '--data', join(folder, path)])).toEqual({
      code: 2,
      stdout: '',
      stderr: expect.stringMatching(
        new RegExp(`^strata: The data folder [^\\n]* cannot be used: ${reason}\\. [^\\n]*\\n$`),
      ),
    });
  });

  test('because its database is something else is one message with exit code 2', async () => {
    const data = join(folder, 'damaged');
    mkdirSync(data);
    writeFileSync(join(data, 'strata.duckdb'), 'this is no database, whatever its name says'.repeat(1_000));

    expect(await strata(['runs', '--data', data])).toMatchObject({
      code: 2,
      stdout: '',
      stderr: expect.stringMatching(/^strata: The file strata\.duckdb in [^\n]* cannot be read/),
    });
  });
});

test.concurrent.each([
  ['an unknown command', ['segmnts'], 'Did you mean segments?'],
  ['an unknown option', ['runs', '--limt', '3'], 'Did you mean --limit?'],
  [
    'a limit that is no number',
    ['runs', '--limit', 'many'],
    "option '--limit <n>' argument 'many' is invalid. Use a whole number above 0.",
  ],
  ['a missing argument', ['members'], "missing required argument 'segment'"],
  [
    'a window that is too wide',
    ['run', 'live', '--window', '500'],
    "option '--window <n>' argument '500' is invalid. Use at most 200.",
  ],
  ['a run of two modes', ['run', 'live', '--dry-run', '--audit'], "'--audit' cannot be used with"],
])('%s is said with exit code 2 and without a stack', async (_, args, said) => {
  const { code, stdout, stderr } = await strata(args, { STRATA_DATA: join(folder, 'unused') });

  expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
  expect(stderr).toMatch(/^strata: /);
  expect(stderr).toContain(said);
  expect(stderr).not.toMatch(/^ {4}at /m);
});

test.concurrent.each(['run live', 'up'])(
  'a slot to come is refused by `%s` before anything is started',
  async (command) => {
    const data = join(folder, `future of ${command}`);

    const future = await strata([...command.split(' '), '--slot', '2130-01-01T00:00:00Z', '--data', data]);

    expect(future).toMatchObject({ code: 2, stdout: '' });
    expect(future.stderr).toMatch(
      /^strata: The slot 2130-01-01T00:00:00.000Z is in the future: [^\n]*--force\.\n$/,
    );
    expect(existsSync(data)).toBe(false);
  },
);

test.concurrent('a command that only holds others shows its help, with exit code 2', async () => {
  expect(await strata(['run'])).toMatchObject({
    code: 2,
    stdout: '',
    stderr: expect.stringMatching(/^Usage: strata run/),
  });
});

test.concurrent('a run of nothing is refused before a server or a run is started', async () => {
  const data = join(folder, 'unpublished');

  expect(await strata(['run', 'live', '--data', data])).toEqual({
    code: 2,
    stdout: '',
    stderr: expect.stringMatching(
      /^strata: There is no data of Strata in [^\n]*unpublished\. Name its folder[^\n]*\n$/,
    ),
  });
  expect(existsSync(data)).toBe(false);
});

describe('ids that there are not', () => {
  const data = () => ['--data', join(folder, 'ids')];

  beforeAll(async () => {
    const stores = await openStores(readConfig({ STRATA_DATA: join(folder, 'ids') }));
    const definition = {
      id: 'buyers',
      owner: '',
      file: 'buyers.yaml',
      content: 'id: buyers\nkind: live\ncondition: profile@orders > 1\n',
    };
    const publishedAt = '2026-11-20T09:00:00.000Z';
    await stores.ledger.publishDefinitions({
      hash: 'one',
      author: 'test',
      publishedAt,
      definitions: [definition],
    });
    await stores.close();
  });

  test.each([
    [['run', 'live', '--segment', 'buyer'], 'did you mean "buyers"?'],
    [['segments', 'pause', 'buyer', '--reason', 'x'], 'did you mean "buyers"?'],
    [['segments', 'resume', 'buyer'], 'did you mean "buyers"?'],
    [['members', 'buyer'], 'did you mean "buyers"?'],
    [['changes', 'buyer'], 'did you mean "buyers"?'],
    [['changes', 'buyers', '--run', 'live/x'], 'No run has the id "live/x"'],
    [['explain', 'buyer', 'p'], 'did you mean "buyers"?'],
    [['explain', 'buyers', 'p'], 'No profile has the id "p"'],
    [['runs', 'live/x'], 'No run has the id "live/x"'],
    [['retry', 'live/x'], 'No run has the id "live/x"'],
  ])('%j is one message with exit code 2, before a server or a run is started', async (args, said) => {
    const { code, stdout, stderr } = await strata([...args, ...data()]);

    expect({ code, stdout, lines: stderr.trim().split('\n') }).toEqual({
      code: 2,
      stdout: '',
      lines: [expect.stringContaining(said)],
    });
    expect(existsSync(join(folder, 'ids', 'temporal'))).toBe(false);
  });

  test('a segment without changes is said to have none, and where those before a rename are', async () => {
    expect(await strata(['changes', 'buyers', ...data()])).toMatchObject({
      code: 0,
      stdout:
        'nobody is logged to have entered or left buyers; whom a rename has moved did neither: the changes before it are under the former id\n',
    });
  });

  test('what is known and not paused can be resumed, to no effect', async () => {
    expect(await strata(['segments', 'resume', 'buyers', ...data()])).toMatchObject({
      code: 0,
      stdout: 'buyers was not paused\n',
    });
  });
});

test.concurrent('an import that has refused rows ends with 3, and says which', async () => {
  const file = join(folder, 'purchases.csv');
  writeFileSync(file, 'user_id,order_date,units,amount\n1,2026-11-20,1,5.00\n2,yesterday,1,5.00\n');

  const imported = await strata(['import', 'transactions', file, '--data', join(folder, 'import')]);

  expect(imported.code).toBe(3);
  expect(imported.stdout).toMatch(/^1 order, 1 profile \(1 new\), 1 bad row\nline 3: /);
});

test.concurrent('a refused row moves no cursor and changes no colour', async () => {
  const file = join(folder, 'coloured.csv');
  writeFileSync(file, 'user_id,order_date,units,amount\n1,\u001b[31mnow\u009b2J,1,5.00\n');

  const { stdout } = await strata(['import', 'transactions', file, '--data', join(folder, 'coloured')]);

  expect(stdout).toContain('order_date "\\u001b[31mnow\\u009b2J" is no date');
  expect(stdout).toMatch(/^[^\p{Cc}]*\n[^\p{Cc}]*\n$/u);
});

test.concurrent('a variable that is nearly one of ours is named, and the command goes on', async () => {
  expect(await strata(['check', '--segments', 'segments'], { STRATA_WINDW: '8' })).toMatchObject({
    code: 0,
    stderr: 'nothing reads STRATA_WINDW; did you mean STRATA_WINDOW?\n',
  });
});

test.concurrent(
  'a folder without definitions is a mistake, and no folder of which all are valid',
  async () => {
    const empty = definitions('empty', { 'notes.txt': 'none yet' });

    expect(await strata(['check', '--segments', empty])).toMatchObject({
      code: 2,
      stdout: '',
      stderr: expect.stringMatching(/^strata: There are no definitions in [^\n]*empty: [^\n]*\n$/),
    });
    expect(await strata(['check', empty])).toMatchObject({
      code: 2,
      stderr: expect.stringMatching(/it is a folder\. --segments takes a folder\.\n$/),
    });
  },
);

test.concurrent('a variable of the environment with a wrong value is named', async () => {
  expect(await strata(['runs'], { STRATA_ENV: 'Not Allowed' })).toMatchObject({
    code: 2,
    stderr: expect.stringMatching(/^strata: [^\n]*STRATA_ENV must be[^\n]*\n$/),
  });
});

test.concurrent.each([
  ['ftp://x', 'reached by http:// or https://'],
  ['http://user:secret@', 'no host and no URL'],
])('ELASTIC_HOST=%s is refused, and no password is repeated', async (host, said) => {
  const { code, stdout, stderr } = await strata(['segments'], { ELASTIC_HOST: host });

  expect({ code, stdout, lines: stderr.trim().split('\n') }).toEqual({
    code: 2,
    stdout: '',
    lines: [expect.stringContaining(said)],
  });
  expect(stderr).not.toContain('secret');
});

test.concurrent.each([
  ['what it answers', 'segments', '"$@" | true', 0],
  ['what it says', 'nowhere', '"$@" 2>&1 | true', 2],
])('a command whose reader has gone with %s ends as it would have', async (_, path, pipe, code) => {
  const args = ['-c', `${pipe}; exit "\${PIPESTATUS[0]}"`, 'bash', process.execPath, ...STRATA];

  expect(await finish('bash', [...args, 'check', '--segments', path], { cwd: ROOT })).toMatchObject({
    code,
    stderr: '',
  });
});

test.concurrent('a Temporal server that does not answer is one message that names its variable', async () => {
  const data = join(folder, 'no-server');

  expect(await strata(['up', '--once', '--data', data], { TEMPORAL_ADDRESS: '127.0.0.1:1' })).toMatchObject({
    code: 2,
    stdout: '',
    stderr: expect.stringMatching(
      /strata: no Temporal server answers at 127\.0\.0\.1:1 [^\n]*TEMPORAL_ADDRESS[^\n]*\n$/,
    ),
  });
});

describeWithTemporal('ports that are in use', () => {
  let taken: Server;
  let port: number;

  beforeAll(async () => {
    taken = createServer();
    port = await new Promise<number>((resolve) => {
      taken.listen(0, '127.0.0.1', () => {
        const address = taken.address();
        resolve(typeof address === 'object' && address !== null ? address.port : 0);
      });
    });
  });

  afterAll(() => {
    taken.close();
    killServerOf(join(folder, 'ports'));
  });

  test('are said, and others are taken', async () => {
    const data = join(folder, 'ports');
    const segments = definitions('one', {
      'a.yaml': 'id: a\nkind: live\ncondition: profile@stats.orders > 2\n',
    });
    const env = { STRATA_API_PORT: String(port) };
    const args = [...STRATA, 'worker', '--data', data, '--segments', segments];

    const worker = startChild(process.execPath, args, { cwd: ROOT, env });
    await worker.untilSaid(new RegExp(`port ${port} is in use, so the API takes a free one\nAPI at `));
    await worker.untilSaid(/working for environment/);
    worker.kill('SIGTERM');

    expect(await worker.ended).toBe(0);
  });
});
