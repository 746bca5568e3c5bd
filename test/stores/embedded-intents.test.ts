import { afterEach, beforeEach, expect, test } from 'vitest';
import type { IntentLog, WriteIntent } from '../../src/activities/intent-log.ts';
import type { Database } from '../../src/stores/embedded/database.ts';
import { createIntentLog } from '../../src/stores/embedded/intents.ts';
import { SLOT } from './builders.ts';
import { openEmbedded, type EmbeddedUnderTest } from './embedded-store.ts';

let store: EmbeddedUnderTest;
beforeEach(async () => {
  store = await openEmbedded();
});
afterEach(() => store.close());

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
  const log = await store.ledger.readChanges({ values: ['gold'], limit: 10 });
  return log.map(({ runId, profileId, change }) => `${runId} ${profileId} ${change}`);
}

test('a process that starts knows what an earlier one has left open, and what it has logged', async () => {
  await open(store.intents, 'lost', [gold, { ...gold, id: 'b' }]);
  await store.intents.settleIntents('lost', 'conditions', { applied: ['b'], dropped: [] });
  const restarted = createIntentLog(store.database);

  const outcome = await open(restarted, 'next', [
    { ...gold, stamp: { runId: 'lost', scans: ['conditions'] } },
    { ...gold, id: 'b' },
  ]);

  expect(outcome).toEqual({
    kind: 'open',
    reverted: [
      { id: 'a', values: 1 },
      { id: 'b', values: 1 },
    ],
  });
  expect(await lines()).toEqual(['lost a entered', 'lost b entered']);
});

test('what a transaction that failed has opened or settled is as it was before it', async () => {
  let fails = false;
  const write: Database['write'] = (use) =>
    store.database.write(async (connection) => {
      const answer = await use(connection);
      if (fails) throw new Error('the disk is full');
      return answer;
    });
  const log = createIntentLog({ ...store.database, write });
  await open(log, 'run-1', [gold]);

  fails = true;
  await expect(open(log, 'run-1', [{ ...gold, id: 'b' }])).rejects.toThrow('the disk is full');
  await expect(log.settleIntents('run-1', 'conditions', { applied: ['a'], dropped: [] })).rejects.toThrow();
  fails = false;

  expect((await log.readOpenIntents('run-1')).map(({ id }) => id)).toEqual(['a']);
  await log.settleIntents('run-1', 'conditions', { applied: ['a', 'b'], dropped: [] });
  expect(await lines()).toEqual(['run-1 a entered']);
});
