import { createConnection, type Connection } from 'mysql2/promise';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { FinishedRun } from '../../../src/activities/ledger.ts';
import { describeWithMariaDb, freshDatabase } from '../../support/mysql.ts';
import { aRun, SLOT } from '../builders.ts';
import { openMysqlLedgerAt, type MysqlUnderTest } from './mysql-store.ts';

describeWithMariaDb('retention of the membership log on MySQL', () => {
  let store: MysqlUnderTest;
  let other: Connection;
  beforeEach(async () => {
    const url = await freshDatabase();
    store = await openMysqlLedgerAt(url);
    other = await createConnection(url);
  });
  afterEach(async () => {
    await Promise.all([store.close(), other.end()]);
  });

  test("a run's end drops old lines that newer ones answer, and keeps the last word on each value", async () => {
    await logOld('old', [
      { id: 'came and went', entered: ['gold'], left: [] },
      { id: 'stayed', entered: ['gold'], left: [] },
      { id: 'half', entered: ['gold', 'silver'], left: [] },
    ]);
    await logOld('less old', [
      { id: 'came and went', entered: [], left: ['gold'] },
      { id: 'half', entered: [], left: ['gold'] },
    ]);

    await finish('today');

    expect(await readLog(['gold', 'silver'])).toEqual([
      'less old came and went -gold',
      'less old half -gold',
      'old half +gold',
      'old half +silver',
      'old stayed +gold',
    ]);
  });

  test('what another writer undoes is told from what enters after the log was trimmed too', async () => {
    await logOld('old', [{ id: 'a', entered: ['gold', 'silver'], left: [] }]);
    await logOld('less old', [{ id: 'a', entered: [], left: ['silver'] }]);
    await finish('today');

    const outcome = await open('tomorrow', [{ id: 'a', entered: ['gold', 'silver'] }]);

    expect(outcome).toEqual({ kind: 'open', reverted: [{ id: 'a', values: 1 }] });
  });

  test('young lines and open intents stay', async () => {
    await open('old', [{ id: 'a', entered: ['gold'] }]);
    await age('old');
    await store.log('young', [{ id: 'a', entered: ['gold'], left: [] }]);
    await store.log('younger', [{ id: 'a', entered: [], left: ['gold'] }]);

    await finish('today');

    expect((await store.intents.readOpenIntents('old')).map(({ id }) => id)).toEqual(['a']);
    expect(await readLog(['gold'])).toEqual(['younger a -gold', 'young a +gold']);
  });

  test('a log larger than one piece is gone over whole, and a run without lines is looked for no more', async () => {
    const ids = Array.from({ length: 2_500 }, (_, index) => `shopper-${index}`);
    await logOld(
      'old',
      ids.map((id) => ({ id, entered: ['gold'], left: [] })),
    );
    await logOld(
      'less old',
      ids.map((id) => ({ id, entered: [], left: ['gold'] })),
    );

    // Each end trims for a limited time.
    for (let turn = 0; (await store.ledger.countChanges('old')).length > 0 && turn < 20; turn++)
      await finish(`turn ${turn}`);

    expect(await store.ledger.countChanges('old')).toEqual([]);
    expect(await store.ledger.countChanges('less old')).toEqual([{ value: 'gold', entered: 0, left: 2_500 }]);
    const [rows] = await other.query('SELECT count(*) AS runs FROM strata_run_values');
    expect(rows).toMatchObject([{ runs: 1 }]);
  });

  async function logOld(runId: string, changes: Parameters<MysqlUnderTest['log']>[1]): Promise<void> {
    await store.log(runId, changes);
    await age(runId);
  }

  /** Lets 40 days go by for a run; the store under test keeps 30. */
  async function age(runId: string): Promise<void> {
    const days40 = 40 * 86_400_000;
    await other.query(
      `UPDATE strata_run_keys k LEFT JOIN strata_changes c ON c.run_key = k.run_key
       SET k.given_at = k.given_at - ?, c.logged_at = c.logged_at - ? WHERE k.run_id = ?`,
      [days40, days40, runId],
    );
  }

  async function finish(runId: string): Promise<void> {
    await store.ledger.beginRun(aRun({ runId }), []);
    const end: FinishedRun = {
      runId,
      state: 'completed',
      reason: null,
      endedAt: SLOT,
      failedBatches: 0,
      totals: null,
      superseded: [],
      supersededBy: null,
      segments: [],
      sample: [],
    };
    await store.ledger.finishRun(end);
  }

  function open(
    runId: string,
    opened: readonly { readonly id: string; readonly entered: readonly string[] }[],
  ) {
    const intents = opened.map((intent) => ({ ...intent, version: '1', left: [], stamp: null }));
    const request = { runId, scan: 'conditions', batch: 0, segments: [], slot: SLOT, force: false } as const;
    return store.intents.openIntents({ ...request, intents });
  }

  async function readLog(values: readonly string[]): Promise<readonly string[]> {
    const log = await store.ledger.readChanges({ values, limit: 100 });
    return log.map(
      ({ runId, profileId, value, change }) =>
        `${runId} ${profileId} ${change === 'entered' ? '+' : '-'}${value}`,
    );
  }
});
