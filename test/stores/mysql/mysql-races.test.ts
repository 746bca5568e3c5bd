import { createConnection, type Connection, type RowDataPacket } from 'mysql2/promise';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { describeWithMariaDb, freshDatabase } from '../../support/mysql.ts';
import { aRun, SLOT } from '../builders.ts';
import { openMysqlLedgerAt, type MysqlUnderTest } from './mysql-store.ts';

const LATER = '2026-11-20T10:00:00.000Z';

describeWithMariaDb('several processes on one MySQL ledger', () => {
  let one: MysqlUnderTest;
  let two: MysqlUnderTest;
  let other: Connection;
  beforeEach(async () => {
    const url = await freshDatabase();
    one = await openMysqlLedgerAt(url);
    two = await openMysqlLedgerAt(url);
    other = await createConnection(url);
  });
  afterEach(async () => {
    await Promise.all([one.close(), two.close(), other.end()]);
  });

  test('a run that is begun by many at once is begun once, and all are answered the same', async () => {
    await one.ledger.beginRun(aRun({ runId: 'newer', slot: LATER, segmentIds: ['silver'] }), []);
    const batches = Array.from({ length: 50 }, (_, index) => ({
      scan: 'conditions' as const,
      range: `range ${index}`,
    }));

    const answers = await Promise.all(
      Array.from({ length: 12 }, (_, index) =>
        (index % 2 === 0 ? one : two).ledger.beginRun(aRun({ segmentIds: ['gold', 'silver'] }), batches),
      ),
    );

    expect(answers).toEqual(answers.map(() => ['silver']));
    expect((await one.ledger.readRuns({ limit: 10 })).length).toBe(2);
    expect((await one.ledger.readBatches('run-1')).map(({ range }) => range)).toEqual(
      batches.map(({ range }) => range),
    );
  });

  test('runs of overlapping segments that begin at once leave each fence at its newest slot', async () => {
    const slots = Array.from({ length: 10 }, (_, hour) => `2026-11-20T1${hour}:00:00.000Z`);
    const segmentIds = Array.from({ length: 30 }, (_, index) => `segment-${index}`);

    await Promise.all(
      slots.map((slot, index) =>
        (index % 2 === 0 ? one : two).ledger.beginRun(
          aRun({ runId: slot, slot, segmentIds: index % 3 === 0 ? segmentIds : segmentIds.toReversed() }),
          [],
        ),
      ),
    );

    const probe = (slot: string, runId: string) => one.ledger.beginRun(aRun({ runId, slot, segmentIds }), []);
    expect(await probe('2026-11-20T18:59:59.999Z', 'older')).toEqual(segmentIds);
    expect(await probe('2026-11-20T19:00:00.000Z', 'same')).toEqual([]);
  });

  test('intents wait for a newer run that is just beginning, and are then superseded', async () => {
    await one.ledger.beginRun(aRun(), []);
    await other.beginTransaction();
    await other.query('UPDATE strata_fences SET slot_time = ? WHERE segment = ?', [
      Date.parse(LATER),
      'gold',
    ]);

    const opening = open(one, ['a']);
    await untilWaiting(other, 1);
    await other.commit();

    expect(await opening).toEqual({ kind: 'superseded', segments: ['gold'] });
    expect(await two.intents.readOpenIntents('run-1')).toEqual([]);
  });

  test('a newer run waits to begin until intents that are being opened stand', async () => {
    await one.ledger.beginRun(aRun(), []);
    await other.beginTransaction();
    await other.query('SELECT * FROM strata_fences WHERE segment = ? LOCK IN SHARE MODE', ['gold']);

    const opening = open(one, ['a']);
    expect(await opening).toEqual({ kind: 'open', reverted: [] });
    const beginning = two.ledger.beginRun(aRun({ runId: 'newer', slot: LATER }), []);
    await untilWaiting(other, 1);
    await other.commit();

    expect(await beginning).toEqual([]);
    expect(await open(one, ['b'])).toEqual({ kind: 'superseded', segments: ['gold'] });
  });

  test('a segment without a fence is fenced too while intents are opened', async () => {
    expect(await open(one, ['a'], 'never begun')).toEqual({ kind: 'open', reverted: [] });

    expect(await two.ledger.beginRun(aRun({ segmentIds: ['never begun'] }), [])).toEqual([]);
  });

  test('the victim of a deadlock tries again', async () => {
    await one.ledger.beginRun(aRun({ segmentIds: ['a', 'b'] }), []);
    await other.beginTransaction();
    // The server gives up the transaction that has changed the fewest rows: this one has changed many.
    await other.query('INSERT INTO strata_set_aside VALUES ?', [
      Array.from({ length: 500 }, (_, index) => ['heavy', `${index}`, 'x']),
    ]);
    await other.query('UPDATE strata_fences SET slot_time = slot_time + 1 WHERE segment = ?', ['b']);

    const beginning = one.ledger.beginRun(aRun({ runId: 'newer', slot: LATER, segmentIds: ['a', 'b'] }), []);
    await untilWaiting(other, 1);
    await other.query('UPDATE strata_fences SET slot_time = slot_time + 1 WHERE segment = ?', ['a']);
    const deadlocks = await countDeadlocks(other);
    await other.commit();

    expect(deadlocks).toBeGreaterThan(0);
    expect(await beginning).toEqual([]);
    expect((await one.ledger.readRun('newer'))?.segmentIds).toEqual(['a', 'b']);
  });

  test('overlapping pages in any order are all opened, each profile once', async () => {
    const ids = Array.from({ length: 600 }, (_, index) => `shopper-${(index * 7) % 600}`);
    const page = (turn: number) => (turn % 2 === 0 ? ids : ids.toReversed()).slice(turn * 20);

    await Promise.all(
      Array.from({ length: 12 }, async (_, turn) => {
        const store = turn % 2 === 0 ? one : two;
        await open(store, page(turn));
        await store.intents.settleIntents('run-1', 'conditions', { applied: page(turn), dropped: [] });
      }),
    );

    expect(await one.ledger.countChanges('run-1')).toEqual([{ value: 'gold', entered: 600, left: 0 }]);
  });

  test('a lost connection is replaced for what may be asked twice', async () => {
    await one.ledger.beginRun(aRun(), []);
    await Promise.all(Array.from({ length: 5 }, () => one.ledger.readRun('run-1')));
    expect(await killOthers(other)).toBeGreaterThan(0);

    expect((await one.ledger.readRun('run-1'))?.runId).toBe('run-1');
    expect(await open(one, ['a'])).toEqual({ kind: 'open', reverted: [] });
  });

  test('values named by another process are known to this one', async () => {
    await open(one, ['a'], 'gold', ['gold', 'silver']);
    await open(two, ['b'], 'gold', ['bronze', 'gold']);
    await one.intents.settleIntents('run-1', 'conditions', { applied: ['a', 'b'], dropped: [] });

    const counted = await one.ledger.countChanges('run-1');
    expect(new Map(counted.map(({ value, entered }) => [value, entered]))).toEqual(
      new Map([
        ['gold', 2],
        ['silver', 1],
        ['bronze', 1],
      ]),
    );
    expect((await one.ledger.readChanges({ values: ['bronze'], limit: 5 })).length).toBe(1);
  });

  test('ids come in the order of their code points, astral ones last', async () => {
    const ids = ['B', 'a', 'a ', 'á', '\ufffd', '\u{1f600}'];
    const wrong = ids.toReversed().map((id) => ({ id, reason: 'wrong' }));
    await one.ledger.recordSetAside('run-1', wrong);
    await one.log(
      'run-1',
      ids.toReversed().map((id) => ({ id, entered: ['gold'], left: [] })),
    );

    expect((await one.ledger.readSetAside('run-1', 10)).map(({ id }) => id)).toEqual(ids);
    const log = await one.ledger.readChanges({ values: ['gold'], limit: 10 });
    expect(log.map(({ profileId }) => profileId)).toEqual(ids);
  });
});

function open({ intents }: MysqlUnderTest, ids: readonly string[], segment = 'gold', entered = ['gold']) {
  return intents.openIntents({
    runId: 'run-1',
    scan: 'conditions',
    batch: 0,
    segments: [segment],
    slot: SLOT,
    force: false,
    intents: ids.map((id) => ({ id, version: '1', entered, left: [], stamp: null })),
  });
}

/** Until so many transactions of this database wait for a lock. The table is refreshed only when 100 ms unread. */
async function untilWaiting(connection: Connection, count: number): Promise<void> {
  await vi.waitUntil(
    async () => {
      const [rows] = await connection.query<RowDataPacket[]>(
        `SELECT t.trx_id FROM information_schema.innodb_trx t
         JOIN information_schema.processlist p ON p.id = t.trx_mysql_thread_id
         WHERE t.trx_state = 'LOCK WAIT' AND p.db = database()`,
      );
      return rows.length >= count;
    },
    { timeout: 20_000, interval: 150 },
  );
}

async function countDeadlocks(connection: Connection): Promise<number> {
  const [rows] = await connection.query<RowDataPacket[]>(`SHOW GLOBAL STATUS LIKE 'Innodb_deadlocks'`);
  return Number(rows[0]?.['Value']);
}

/** Ends every other connection to this database, as a restart or an idle limit of the server does. */
async function killOthers(connection: Connection): Promise<number> {
  const [rows] = await connection.query<RowDataPacket[]>(
    'SELECT id FROM information_schema.processlist WHERE db = database() AND id <> connection_id()',
  );
  for (const { id } of rows) await connection.query(`KILL ${Number(id)}`);
  return rows.length;
}
