import { expect, test } from 'vitest';
import { lastRunOf } from '../../src/api/list-segments.ts';
import { RUNNING_SO_FAR, type RunRecord } from '../../src/domain/run.ts';
import { aRun } from '../stores/builders.ts';

/** Carried out, begun at that minute. */
function aRecord(runId: string, slot: string, minute: number, overrides: Partial<RunRecord> = {}): RunRecord {
  const startedAt = new Date(Date.UTC(2026, 10, 20, 9, minute)).toISOString();
  return { ...aRun({ runId, slot, startedAt }), ...RUNNING_SO_FAR, state: 'completed', ...overrides };
}

const NINE = '2026-11-20T09:00:00.000Z';
const TEN = '2026-11-20T10:00:00.000Z';
const TOMORROW = '2026-11-21T00:00:00.000Z';

test('the last run is the one of the newest slot, also where a run for an older slot came later', () => {
  const runs = [aRecord('late', NINE, 3), aRecord('newest', TEN, 2), aRecord('first', NINE, 1)];

  expect(lastRunOf(['gold'], runs)?.runId).toBe('newest');
});

test('a forced run takes back a slot to come, and the runs after it count again', () => {
  const ahead = aRecord('ahead', TOMORROW, 1, { force: true });
  const takenBack = aRecord('taken back', NINE, 2, { force: true });
  const scheduled = aRecord('scheduled', TEN, 3);

  expect(lastRunOf(['gold'], [takenBack, ahead])?.runId).toBe('taken back');
  expect(lastRunOf(['gold'], [scheduled, takenBack, ahead])?.runId).toBe('scheduled');
});

test('what was held, cancelled or overtaken says nothing of its slot', () => {
  const runs = [
    aRecord('held', TEN, 4, { state: 'held' }),
    aRecord('cancelled', TEN, 3, { state: 'cancelled' }),
    aRecord('overtaken', TEN, 2, { superseded: ['gold'] }),
    aRecord('first', NINE, 1),
  ];

  expect(lastRunOf(['gold'], runs)?.runId).toBe('first');
});
