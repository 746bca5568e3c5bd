import { expect, test } from 'vitest';
import { Segment, type LiveSegment } from '../../src/domain/segment.ts';
import { desiredSchedules } from '../../src/schedules/desired.ts';

const OPTIONS = { environment: 'test', window: 4, now: new Date('2026-11-20T09:00:00Z') };

function live(id: string, fields: Record<string, unknown> = {}): LiveSegment {
  const segment = Segment.parse({ kind: 'live', id, condition: 'profile@a == 1', ...fields });
  if (segment.kind !== 'live') throw new Error('not live');
  return segment;
}

test('by default all live segments share one hourly schedule, beside the daily audit', () => {
  const schedules = desiredSchedules([live('a'), live('b')], OPTIONS);

  expect(schedules.map(({ scheduleId, firstRuns }) => [scheduleId, firstRuns[0]])).toEqual([
    ['test/live/every-1h', '2026-11-20T10:00:00.000Z'],
    ['test/audit/live', '2026-11-21T03:17:00.000Z'],
  ]);
});

test('there are as many live schedules as distinct recurrences', () => {
  const schedules = desiredSchedules(
    [live('a', { every: '15m' }), live('b', { every: '15m' }), live('c', { cron: '0 9 * * 1' })],
    OPTIONS,
  );

  expect(schedules.map(({ scheduleId }) => scheduleId)).toEqual([
    'test/live/cron-0-9-x-x-1',
    'test/live/every-15m',
    'test/audit/live',
  ]);
});

test('slots become plain calendar times in their zone', () => {
  const [schedule] = desiredSchedules(
    [live('a', { slots: ['09:00', '18:30'], timezone: 'Asia/Kolkata' })],
    OPTIONS,
  );

  expect(schedule?.spec).toEqual({
    calendars: [
      { hour: 9, minute: 0, comment: 'slot 09:00' },
      { hour: 18, minute: 30, comment: 'slot 18:30' },
    ],
    timezone: 'Asia/Kolkata',
  });
});

test('nothing is scheduled where no live segment is enabled', () => {
  expect(desiredSchedules([live('a', { enabled: false })], OPTIONS)).toEqual([]);
});
