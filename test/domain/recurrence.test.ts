import { expect, test } from 'vitest';
import { groupLive, groupName, nextSlots, recurrenceOf } from '../../src/domain/recurrence.ts';
import { Segment, type LiveSegment } from '../../src/domain/segment.ts';

function live(fields: Record<string, unknown>): LiveSegment {
  const segment = Segment.parse({ kind: 'live', id: 'a', condition: 'x', ...fields });
  if (segment.kind !== 'live') throw new Error('not live');
  return segment;
}

test('a live segment without a recurrence is hourly', () => {
  expect(recurrenceOf(live({}))).toEqual({ kind: 'every', every: '1h' });
});

test.each([
  [{ every: '60m' }, 'every-1h'],
  [{ every: '90m' }, 'every-90m'],
  [{ every: '48h' }, 'every-2d'],
  [{ cron: '0  9 * * 1' }, 'cron-0-9-x-x-1'],
  [{ cron: '*/15 * * * *', timezone: 'Asia/Kolkata' }, 'cron-x-per-15-x-x-x-x-asia-kolkata'],
  [{ slots: ['18:00', '09:00', '09:00'], timezone: 'Asia/Kolkata' }, 'daily-0900-1800-asia-kolkata'],
])('%j is the group %s', (fields, name) => {
  expect(groupName(recurrenceOf(live(fields)))).toBe(name);
});

test.each([
  [{ cron: '0 9 * * mon,fri' }, { cron: '0 9 * * mon-fri' }],
  [{ cron: '0,30 9 * * *' }, { cron: '0-30 9 * * *' }],
  [
    { slots: ['09:00'], timezone: 'Etc/GMT+5' },
    { slots: ['09:00'], timezone: 'Etc/GMT-5' },
  ],
])('%j and %j are two groups, each with its own times', (one, other) => {
  const groups = groupLive([live({ id: 'a', ...one }), live({ id: 'b', ...other })]);

  expect(groups.map(({ segmentIds }) => segmentIds.join()).toSorted()).toEqual(['a', 'b']);
});

test('segments of one recurrence share one group, and disabled ones are in none', () => {
  const groups = groupLive([
    live({ id: 'b' }),
    live({ id: 'a', every: '60m' }),
    live({ id: 'c', every: '1d' }),
    live({ id: 'd', enabled: false }),
  ]);

  expect(groups.map(({ name, segmentIds }) => [name, segmentIds])).toEqual([
    ['every-1d', ['c']],
    ['every-1h', ['a', 'b']],
  ]);
});

test.each([
  [{ every: '15m' }, ['2026-11-20T09:15:00.000Z', '2026-11-20T09:30:00.000Z']],
  [
    { slots: ['09:00', '18:00'], timezone: 'Asia/Kolkata' },
    ['2026-11-20T12:30:00.000Z', '2026-11-21T03:30:00.000Z'],
  ],
  [{ cron: '0 0 1 * *' }, ['2026-12-01T00:00:00.000Z', '2027-01-01T00:00:00.000Z']],
])('the next slots of %j', (fields, slots) => {
  expect(nextSlots(recurrenceOf(live(fields)), new Date('2026-11-20T09:00:00Z'), 2)).toEqual(slots);
});
