import { afterAll, beforeAll, expect, test } from 'vitest';
import { createEmptyDatabase, startMariaDb, type MariaDb } from '../../support/mariadb.ts';
import { describeWithMariaDb } from '../../support/mysql.ts';
import { aRun, SLOT } from '../builders.ts';
import { openMysqlLedgerAt, type MysqlUnderTest } from './mysql-store.ts';

const PAGES = 12;
const PAGE = 500;

describeWithMariaDb('a MariaDB that is killed and comes back', () => {
  let server: MariaDb;
  let store: MysqlUnderTest;
  beforeAll(async () => {
    server = await startMariaDb();
    store = await openMysqlLedgerAt(await createEmptyDatabase(server.url));
  });
  afterAll(async () => {
    await store.close();
    await server.stop();
  });

  test('has kept what it confirmed, and takes the rest from whoever tries again', async () => {
    await store.ledger.beginRun(aRun({ batches: PAGES }), []);
    const failures: unknown[] = [];
    const pages = Array.from({ length: PAGES }, (_, page) => page);
    // The second page is in the middle of it when the server goes.
    await Promise.all([writePage(store, 0), openPage(store, 1)]);
    const writing = pages.map((page) => untilDone(() => writePage(store, page), failures, server));
    await server.kill();
    await Promise.all(writing);

    expect(failures.length).toBeGreaterThan(0);
    for (const failure of failures) expect(failure).not.toHaveProperty('name', 'UserError');
    expect(await store.ledger.countChanges('run-1')).toEqual([
      { value: 'gold', entered: PAGES * PAGE, left: 0 },
    ]);
    expect(await store.intents.readOpenIntents('run-1')).toEqual([]);
    const log = await store.ledger.readChanges({ values: ['gold'], limit: 2 * PAGES * PAGE });
    expect(new Set(log.map(({ profileId }) => profileId)).size).toBe(log.length);
  });
});

/** As Temporal tries a page again; the first to fail starts the server again. */
async function untilDone(work: () => Promise<void>, failures: unknown[], server: MariaDb): Promise<void> {
  for (;;) {
    try {
      await work();
      return;
    } catch (error) {
      failures.push(error);
      await restartOnce(server);
    }
  }
}

const restarts = new WeakMap<MariaDb, Promise<void>>();

function restartOnce(server: MariaDb): Promise<void> {
  const restart = restarts.get(server) ?? server.restart();
  restarts.set(server, restart);
  return restart;
}

async function writePage(store: MysqlUnderTest, page: number): Promise<void> {
  await openPage(store, page);
  await store.intents.settleIntents('run-1', 'conditions', { applied: idsOf(page), dropped: [] });
}

async function openPage({ intents }: MysqlUnderTest, page: number): Promise<void> {
  await intents.openIntents({
    runId: 'run-1',
    scan: 'conditions',
    batch: page,
    segments: ['gold'],
    slot: SLOT,
    force: false,
    intents: idsOf(page).map((id) => ({ id, version: '1', entered: ['gold'], left: [], stamp: null })),
  });
}

function idsOf(page: number): readonly string[] {
  return Array.from({ length: PAGE }, (_, index) => `shopper-${page}-${index}`);
}
