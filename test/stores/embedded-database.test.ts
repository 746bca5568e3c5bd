import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { UserError } from '../../src/domain/errors.ts';
import { openDatabase } from '../../src/stores/embedded/database.ts';
import { openEmbeddedIn } from './embedded-store.ts';
import { aChange, readAll, shoppers, write } from './store-under-test.ts';

const WRITING_PROCESS = fileURLToPath(new URL('./writing-process.ts', import.meta.url));
let folder: string;
const children = new Set<ChildProcess>();

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'strata-database-'));
});
afterEach(async () => {
  for (const child of children) child.kill('SIGKILL');
  children.clear();
  await rm(folder, { recursive: true, force: true });
});

/** A writing process, and the lines it says. */
function startWriting(): { readonly child: ChildProcess; readonly lines: AsyncIterator<string> } {
  const child = spawn(process.execPath, ['--import', 'tsx', WRITING_PROCESS, folder], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  children.add(child);
  return { child, lines: createInterface(child.stdout)[Symbol.asyncIterator]() };
}

async function kill(child: ChildProcess): Promise<void> {
  const gone = once(child, 'exit');
  child.kill('SIGKILL');
  await gone;
}

test('a folder keeps its profiles, log and identity when it is closed and opened', async () => {
  const first = await openEmbeddedIn(folder);
  await first.load(shoppers(10));
  await write(
    first.profiles,
    (await readAll(first.profiles)).map((profile) => aChange(profile, ['gold'])),
  );
  const { storeId } = first.database;
  await first.close();

  const second = await openEmbeddedIn(folder);

  expect(second.database.storeId).toBe(storeId);
  expect(await second.profiles.countMembers([['gold']])).toEqual([10]);
  expect(await second.ledger.countChanges('run-1')).toEqual([{ value: 'gold', entered: 10, left: 0 }]);
  await second.close();
});

test('a second process is told which process holds the folder', async () => {
  const { child, lines } = startWriting();
  await lines.next();

  const opening = openDatabase(folder, { environment: 'default' });

  await expect(opening).rejects.toThrow(UserError);
  await expect(opening).rejects.toThrow(`in use by process ${child.pid}`);
  await kill(child);
});

test('the same process cannot open a folder twice, and can once it has closed it', async () => {
  const first = await openDatabase(folder, { environment: 'default' });

  await expect(openDatabase(join(folder, '.'), { environment: 'default' })).rejects.toThrow(
    'open in this process',
  );
  await first.close();
  const second = await openDatabase(folder, { environment: 'default' });
  await second.close();
});

test('the folder of another environment is refused, and stays usable by its own', async () => {
  await (await openDatabase(folder, { environment: 'staging' })).close();

  const opening = openDatabase(folder, { environment: 'production' });

  await expect(opening).rejects.toThrow(UserError);
  await expect(opening).rejects.toThrow('environment "staging"');
  await (await openDatabase(folder, { environment: 'staging' })).close();
});

test('a folder that cannot be made or is not a database is one clear message', async () => {
  await writeFile(join(folder, 'file'), '');
  await writeFile(join(folder, 'strata.duckdb'), 'not a database '.repeat(1_000));

  const inFile = openDatabase(join(folder, 'file', 'data'), { environment: 'default' });
  const onText = openDatabase(folder, { environment: 'default' });

  await expect(inFile).rejects.toThrow(/cannot be used: a part of its path is a file/);
  await expect(inFile).rejects.toThrow(UserError);
  await expect(onText).rejects.toThrow(/cannot be read by this version/);
  await expect(onText).rejects.toThrow(UserError);
});

test('a failed transaction leaves nothing behind and the next one works', async () => {
  const store = await openEmbeddedIn(folder);
  await store.load(shoppers(5));
  const [profile] = await readAll(store.profiles);
  const broken = { ...aChange(profile, ['gold']), version: 'of another store' };

  await expect(write(store.profiles, [aChange(profile, ['gold']), broken])).rejects.toThrow(
    'version of another store',
  );

  expect(await store.profiles.countMembers([['gold']])).toEqual([0]);
  expect(await store.ledger.countChanges('run-1')).toEqual([]);
  expect(await write(store.profiles, [aChange(profile, ['gold'])])).toMatchObject({ written: 1 });
  await store.close();
});

test('a writer killed with -9 at any moment loses no acknowledged page, and the next start writes each change once', async () => {
  let acknowledged = 0;
  for (const pagesBeforeDeath of [1, 7, 30]) {
    const { child, lines } = startWriting();
    await lines.next();
    for (let page = 0; page < pagesBeforeDeath; page += 1) {
      const { value } = await lines.next();
      acknowledged += Number(String(value).split(' ')[1]);
    }
    await kill(child);

    const store = await openEmbeddedIn(folder);
    const [members = 0] = await store.profiles.countMembers([['gold']]);
    const log = await store.ledger.readChanges({ values: ['gold'], limit: 10_000 });
    const read = await readAll(store.profiles);
    expect(members).toBeGreaterThanOrEqual(acknowledged);
    expect(log.length).toBe(members);
    expect(new Set(log.map(({ profileId }) => profileId)).size).toBe(members);
    expect(read.filter(({ settled }) => settled).length).toBe(members);
    expect(read.length).toBe(2_000);
    acknowledged = members;
    await store.close();
  }
});
