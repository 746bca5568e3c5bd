import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { dirname, join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { UserError } from '../../src/domain/errors.ts';
import { toServerVersion, versionWarning } from '../../src/temporal-server/check-executable.ts';
import { downloadExecutable } from '../../src/temporal-server/download-executable.ts';
import { cachedExecutable } from '../../src/temporal-server/executable-cache.ts';
import { findTemporalExecutable } from '../../src/temporal-server/find-executable.ts';
import { aFolder, anEnvironment, aScript, SAYS_VERSION } from './sandbox.ts';

/** Nothing listens there, so it is refused at once. */
const NO_DOWNLOAD = 'http://127.0.0.1:65533/cli/archive';

function aFakeGo(folder: string, ...install: readonly string[]): void {
  aScript(
    join(folder, 'bin', 'go'),
    `if [ "$1" = version ]; then echo 'go version go1.26.8 linux/amd64'; exit 0; fi`,
    `echo called >> '${folder}/calls'`,
    ...install,
  );
}

function search(env: Readonly<Record<string, string>>, archive = NO_DOWNLOAD) {
  const lines: string[] = [];
  const found = findTemporalExecutable({ env, archive, report: (line) => lines.push(line) });
  return { found, lines };
}

async function aHttpServer(answer: Parameters<typeof createServer>[1]): Promise<string> {
  const server: Server = createServer(answer);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/cli/archive`;
}

test('the CLI that TEMPORAL_CLI_PATH names comes before the one on PATH', async () => {
  const folder = aFolder();
  const env = anEnvironment(folder, { TEMPORAL_CLI_PATH: join(folder, 'mine') });
  aScript(join(folder, 'mine'), SAYS_VERSION);
  aScript(join(folder, 'bin', 'temporal'), SAYS_VERSION);

  const { found, lines } = search(env);

  await expect(found).resolves.toEqual({ path: join(folder, 'mine'), serverVersion: '1.29.1' });
  expect(lines).toEqual([`Temporal CLI from TEMPORAL_CLI_PATH: ${join(folder, 'mine')} (server 1.29.1)`]);
});

test('a broken CLI in TEMPORAL_CLI_PATH is reported and the next way is taken', async () => {
  const folder = aFolder();
  const env = anEnvironment(folder, { TEMPORAL_CLI_PATH: join(folder, 'broken') });
  aScript(join(folder, 'broken'), 'echo "wrong platform" >&2', 'exit 7');
  const onPath = aScript(join(folder, 'bin', 'temporal'), SAYS_VERSION);

  const { found, lines } = search(env);

  await expect(found).resolves.toMatchObject({ path: onPath });
  expect(lines[0]).toContain('broken cannot be used: --version failed (7): wrong platform');
});

test('a file that is no program at all is refused, not executed', async () => {
  const folder = aFolder();
  const env = anEnvironment(folder, { TEMPORAL_CLI_PATH: join(folder, 'half') });
  writeFileSync(join(folder, 'half'), 'half a binary');
  aScript(join(folder, 'bin', 'temporal'), SAYS_VERSION);

  const { found, lines } = search(env);

  await found;
  expect(lines[0]).toContain('half cannot be used: it is not executable');
});

test('a CLI in the cache is used without asking the network or Go', async () => {
  const folder = aFolder();
  const env = anEnvironment(folder);
  aFakeGo(folder, 'exit 1');
  mkdirSync(dirname(cachedExecutable(env)), { recursive: true });
  aScript(cachedExecutable(env), SAYS_VERSION);

  const { found } = search(env);

  await expect(found).resolves.toMatchObject({ path: cachedExecutable(env) });
  expect(readdirSync(folder)).not.toContain('calls');
});

test('an old server is accepted with a warning', async () => {
  const folder = aFolder();
  aScript(join(folder, 'bin', 'temporal'), `echo 'temporal version 0.13.0 (server 1.24.0) (ui 2.27.0)'`);

  const { found, lines } = search(anEnvironment(folder));

  await expect(found).resolves.toMatchObject({ serverVersion: '1.24.0' });
  expect(lines).toContain('warning: its server 1.24.0 is older than 1.29, the oldest one tested');
});

test('when nothing works the message names every way and why each one failed', async () => {
  const folder = aFolder();
  const env = anEnvironment(folder, { TEMPORAL_CLI_PATH: join(folder, 'missing') });
  aFakeGo(folder, 'echo "proxy: no route to host" >&2', 'exit 1');

  const error: unknown = await search(env).found.catch((reason: unknown) => reason);

  expect(error).toBeInstanceOf(UserError);
  const { message } = error as UserError;
  expect(message).toContain('set TEMPORAL_ADDRESS to a running Temporal server (it is not set)');
  expect(message).toMatch(/set TEMPORAL_CLI_PATH .*missing cannot be used: there is no such file/);
  expect(message).toContain('put temporal on PATH (it is not there)');
  expect(message).toMatch(/allow the download from 127\.0\.0\.1:65533 \(.*ECONNREFUSED/);
  expect(message).toMatch(/install Go 1\.25 or newer.*proxy: no route to host/s);
});

test('a Go that is too old is not tried', async () => {
  const folder = aFolder();
  aScript(join(folder, 'bin', 'go'), `echo 'go version go1.24.9 linux/amd64'`);

  await expect(search(anEnvironment(folder)).found).rejects.toThrow(
    /Go 1\.25 or newer is needed, .*go1\.24\.9/,
  );
});

test('callers that start together build once, and leave nothing but the binary in the cache', async () => {
  const folder = aFolder();
  const env = anEnvironment(folder);
  mkdirSync(join(dirname(cachedExecutable(env)), 'building-killed', 'go-mod'), { recursive: true });
  aFakeGo(
    folder,
    'sleep 1',
    'echo object > "$GOCACHE-object" && echo module > "$GOMODCACHE-module"',
    `printf '#!/bin/sh\\necho "temporal version 0.0.0-DEV (Server 1.29.1, UI 2.42.1)"\\n' > "$GOBIN/temporal"`,
    'chmod +x "$GOBIN/temporal"',
  );

  const searches = [search(env), search(env), search(env)];
  const found = await Promise.all(searches.map((each) => each.found));

  expect(new Set(found.map(({ path }) => path))).toEqual(new Set([cachedExecutable(env)]));
  expect(readFileSync(join(folder, 'calls'), 'utf8').trim().split('\n')).toHaveLength(1);
  expect(readdirSync(dirname(cachedExecutable(env)))).toEqual([
    cachedExecutable(env).slice(dirname(cachedExecutable(env)).length + 1),
  ]);
  expect(searches.flatMap(({ lines }) => lines)).toContainEqual(
    expect.stringMatching(/5 to 10 minutes, once/),
  );
});

test('an interrupted build ends with all its children and is not followed by another try', async () => {
  const folder = aFolder();
  const abort = new AbortController();
  aFakeGo(folder, 'sleep 600 & echo $! > compiler', 'wait');
  const found = findTemporalExecutable({
    env: anEnvironment(folder),
    archive: NO_DOWNLOAD,
    report: (line) => line.startsWith('building') && abortOnceCompiling(folder, abort),
    signal: abort.signal,
  });

  await expect(found).rejects.toThrow();

  expect(readdirSync(join(folder, 'cache', 'strata'))).toEqual([]);
  await expect
    .poll(() => commandOf(readFileSync(join(folder, 'compiler.pid'), 'utf8')))
    .not.toContain('sleep');
});

function abortOnceCompiling(folder: string, abort: AbortController): void {
  const cache = join(folder, 'cache', 'strata');
  const timer = setInterval(() => {
    const build = readdirSync(cache).find((name) => name.startsWith('building-'));
    if (build === undefined || !readdirSync(join(cache, build)).includes('compiler')) return;
    const pid = readFileSync(join(cache, build, 'compiler'), 'utf8');
    if (pid.trim() === '') return;
    clearInterval(timer);
    writeFileSync(join(folder, 'compiler.pid'), pid);
    abort.abort();
  }, 20);
}

function commandOf(pid: string): string {
  try {
    return readFileSync(`/proc/${pid.trim()}/cmdline`, 'utf8');
  } catch {
    return '';
  }
}

test('a lock left by a killed process does not block the next one', async () => {
  const folder = aFolder();
  const env = anEnvironment(folder);
  const lock = join(dirname(cachedExecutable(env)), 'temporal.lock');
  mkdirSync(lock, { recursive: true });
  // No system gives out pids this high.
  writeFileSync(join(lock, 'pid'), '2147483646');
  aFakeGo(
    folder,
    `printf '#!/bin/sh\\necho "Server 1.29.1"\\n' > "$GOBIN/temporal"`,
    'chmod +x "$GOBIN/temporal"',
  );

  await expect(search(env).found).resolves.toMatchObject({ serverVersion: '1.29.1' });
});

test('a network that swallows the request is given up on after the time limit', async () => {
  const folder = aFolder();
  const archive = await aHttpServer(() => undefined);

  const downloading = downloadExecutable({
    archive,
    folder,
    env: anEnvironment(folder),
    target: join(folder, 'temporal'),
    report: () => undefined,
    firstByteMs: 300,
  });

  await expect(downloading).rejects.toThrow(/nothing came for/);
  expect(readdirSync(folder)).toEqual(['bin']);
});

test('an archive that is downloaded is unpacked, checked and kept in the cache', async () => {
  const folder = aFolder();
  const env = anEnvironment(folder);
  const asked: string[] = [];
  const archive = await aHttpServer((request, response) => {
    asked.push(request.url ?? '');
    response.end(anArchive(folder));
  });

  const { found } = search(env, archive);

  await expect(found).resolves.toEqual({ path: cachedExecutable(env), serverVersion: '1.29.1' });
  expect(asked[0]).toMatch(/^\/cli\/archive\?platform=\w+&arch=\w+$/);
});

/** A tar file by hand: one header of 512 bytes, then the script padded to 512. */
function anArchive(folder: string): Buffer {
  const script = readFileSync(aScript(join(folder, 'script'), SAYS_VERSION));
  const header = Buffer.alloc(512);
  header.write('temporal', 0);
  header.write('0000755\0', 100);
  header.write('0000000\0', 108);
  header.write('0000000\0', 116);
  header.write(`${script.length.toString(8).padStart(11, '0')}\0`, 124);
  header.write('00000000000\0', 136);
  header.write('        ', 148);
  header.write('0', 156);
  header.write('ustar\0' + '00', 257);
  const sum = header.reduce((total, byte) => total + byte, 0);
  header.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148);
  return Buffer.concat([header, script, Buffer.alloc(512 - (script.length % 512)), Buffer.alloc(1024)]);
}

test.each([
  ['temporal version 0.0.0-DEV (Server 1.29.1, UI 2.42.1)', '1.29.1', undefined],
  ['temporal version 1.9.0 (Server 2.0.3, UI 2.50.0)', '2.0.3', undefined],
  [
    'temporal version 0.13.0 (server 1.24.0) (ui 2.27.0)',
    '1.24.0',
    'its server 1.24.0 is older than 1.29, the oldest one tested',
  ],
  ['something else', undefined, 'it does not say which Temporal server it holds; Strata is tested with 1.29'],
])('%s is server %s', (line, version, warning) => {
  expect(toServerVersion(line)).toBe(version);
  expect(versionWarning(version)).toBe(warning);
});
