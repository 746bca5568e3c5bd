import { DuckDBInstance } from '@duckdb/node-api';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { IntentLog, WriteIntent } from '../../src/activities/intent-log.ts';
import type { Database } from '../../src/stores/embedded/database.ts';
import { createIntentLog } from '../../src/stores/embedded/intents.ts';
import { SLOT } from './builders.ts';
import { openEmbeddedIn, type EmbeddedUnderTest } from './embedded-store.ts';

let folder: string;
let store: EmbeddedUnderTest;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'strata-intents-'));
  store = await openEmbeddedIn(folder);
});
afterEach(async () => {
  await store.close();
  await rm(folder, { recursive: true, force: true });
});

const gold: WriteIntent = { id: 'a', version: '1', entered: ['gold'], left: [], stamp: null };

function open(log: IntentLog, runId: string, intents: readonly WriteIntent[]) {
  return log.openIntents({
    runId,
    scan: 'conditions',
    batch: 0,
    segments: [],
    slot: SLOT,
    force: false,
    intents,
  });
}

async function lines(): Promise<readonly string[]> {
  const log = await store.ledger.readChanges({ values: ['gold', 'silver'], limit: 10 });
  return log.map(({ runId, profileId, value, change }) => `${runId} ${profileId} ${change} ${value}`);
}

test('a process that starts knows what an earlier one has left open, and what it has logged', async () => {
  await open(store.intents, 'lost', [gold, { ...gold, id: 'b' }]);
  await store.intents.settleIntents('lost', 'conditions', { applied: ['b'], dropped: [] });
  const restarted = createIntentLog(store.database);

  const outcome = await open(restarted, 'next', [
    { ...gold, stamp: { runId: 'lost', scans: ['conditions'] } },
    { ...gold, id: 'b' },
  ]);
  await open(restarted, 'lost', [{ ...gold, id: 'b', entered: ['silver'] }]);
  await restarted.settleIntents('lost', 'conditions', { applied: ['b'], dropped: [] });

  expect(outcome).toEqual({
    kind: 'open',
    reverted: [
      { id: 'a', values: 1 },
      { id: 'b', values: 1 },
    ],
  });
  expect(await lines()).toEqual(['lost a entered gold', 'lost b entered gold']);
});

describe('when the transaction of a request fails', () => {
  let fails = false;
  let log: IntentLog;
  beforeEach(() => {
    const write: Database['write'] = (use) =>
      store.database.write(async (connection) => {
        const answer = await use(connection);
        if (fails) throw new Error('the disk is full');
        return answer;
      });
    log = createIntentLog({ ...store.database, write });
  });

  test('what it has opened or settled is as it was before it', async () => {
    await open(log, 'run-1', [gold]);

    fails = true;
    await expect(open(log, 'run-1', [{ ...gold, id: 'b' }])).rejects.toThrow('the disk is full');
    await expect(log.settleIntents('run-1', 'conditions', { applied: ['a'], dropped: [] })).rejects.toThrow();
    fails = false;

    expect((await log.readOpenIntents('run-1')).map(({ id }) => id)).toEqual(['a']);
    await log.settleIntents('run-1', 'conditions', { applied: ['a', 'b'], dropped: [] });
    expect(await lines()).toEqual(['run-1 a entered gold']);
  });

  test('one that waits for its turn is not told what the failed one believed', async () => {
    await open(log, 'run-1', [gold]);

    fails = true;
    const failing = log.settleIntents('run-1', 'conditions', { applied: ['a'], dropped: [] });
    const waiting = store.database.write(() => {
      fails = false;
      return Promise.resolve();
    });
    const settling = log.settleIntents('run-1', 'conditions', { applied: ['a'], dropped: [] });

    await expect(failing).rejects.toThrow('the disk is full');
    await Promise.all([waiting, settling]);
    expect(await lines()).toEqual(['run-1 a entered gold']);
  });
});

describe('a data folder of version 1', () => {
  const COLUMNS = `run INTEGER NOT NULL, scan UTINYINT NOT NULL, batch INTEGER NOT NULL, profile_id VARCHAR NOT NULL,
    version VARCHAR NOT NULL, entered VARCHAR NOT NULL, "left" VARCHAR NOT NULL, reverted INTEGER NOT NULL`;

  /** As a process that was killed in a write has left it; the log and all else are as they are now. */
  async function leaveVersion1(statements: readonly string[]): Promise<void> {
    await store.close();
    const instance = await DuckDBInstance.create(join(folder, 'strata.duckdb'));
    const connection = await instance.connect();
    await connection.run('DROP TABLE open_portions');
    for (const statement of statements) await connection.run(statement);
    await connection.run("UPDATE meta SET value = '1' WHERE key = 'schema'");
    connection.closeSync();
    instance.closeSync();
    store = await openEmbeddedIn(folder);
  }

  test.each([
    ['a row for each open intent', `CREATE TABLE open_intents (${COLUMNS})`],
    [
      'rows with a number of their portion',
      `CREATE TABLE open_intents (portion INTEGER DEFAULT 1, ${COLUMNS})`,
    ],
  ])('with %s settles them and goes on', async (_, created) => {
    await open(store.intents, 'done', [gold]);
    await store.intents.settleIntents('done', 'conditions', { applied: ['a'], dropped: [] });
    await open(store.intents, 'killed', [{ ...gold, id: 'known', entered: ['silver'] }]);
    await store.intents.settleIntents('killed', 'conditions', { applied: ['known'], dropped: [] });
    const [goldCode, silverCode] = Array.from(store.database.values.encode(['gold', 'silver']));
    const insert =
      'INSERT INTO open_intents (run, scan, batch, profile_id, version, entered, "left", reverted)';
    await leaveVersion1([
      created,
      `${insert} VALUES (2, 1, 0, 'a', '1:1:shoppers', '${silverCode}', '${goldCode}', 0)`,
      `${insert} VALUES (2, 1, 0, 'not "written"', '1:2:shoppers', '${goldCode}', '', 0)`,
      `${insert} VALUES (2, 1, 7, '00042', '1:3:shoppers', '${goldCode}', '', 1)`,
      `${insert} VALUES (2, 2, 0, 'a', '1:4:shoppers', '${goldCode}', '', 0)`,
    ]);

    expect(await store.intents.readOpenIntents('killed', 7)).toEqual([
      { id: '00042', scan: 'conditions', batch: 7, version: '1:3:shoppers' },
    ]);
    expect((await store.intents.readOpenIntents('killed')).length).toBe(4);
    await store.intents.settleIntents('killed', 'conditions', {
      applied: ['a', '00042'],
      dropped: ['not "written"'],
    });
    await store.intents.settleIntents('killed', 'workflows', { applied: [], dropped: ['a'] });
    await open(store.intents, 'next', [gold, { ...gold, id: '00042' }]);
    await store.intents.settleIntents('next', 'conditions', { applied: ['a', '00042'], dropped: [] });

    expect(await store.intents.readOpenIntents('killed')).toEqual([]);
    expect((await lines()).toSorted()).toEqual([
      'done a entered gold',
      'killed 00042 entered gold',
      'killed a entered silver',
      'killed a left gold',
      'killed known entered silver',
      'next a entered gold',
    ]);
  });

  test('without a table of open intents, of before there were any, is opened and used', async () => {
    await leaveVersion1([]);

    await open(store.intents, 'run-1', [gold]);
    await store.intents.settleIntents('run-1', 'conditions', { applied: ['a'], dropped: [] });

    expect(await lines()).toEqual(['run-1 a entered gold']);
  });

  test('stays as the new version has made it when it is opened again', async () => {
    await leaveVersion1([`CREATE TABLE open_intents (${COLUMNS})`]);
    await open(store.intents, 'run-1', [gold]);
    await store.close();
    store = await openEmbeddedIn(folder);

    expect((await store.intents.readOpenIntents('run-1')).map(({ id }) => id)).toEqual(['a']);
  });
});
