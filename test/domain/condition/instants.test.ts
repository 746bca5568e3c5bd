import fc from 'fast-check';
import { expect, test } from 'vitest';
import { formatInstant, parseInstant } from '../../../src/domain/condition/instants.ts';
import { addOffset, parseOffset } from '../../../src/domain/condition/offsets.ts';

test.each([
  ['2026-11-21', '2026-11-21T00:00:00.000Z'],
  ['2024-02-29', '2024-02-29T00:00:00.000Z'],
  ['2000-02-29', '2000-02-29T00:00:00.000Z'],
  ['0000-01-01', '0000-01-01T00:00:00.000Z'],
  ['9999-12-31T23:59:59.999Z', '9999-12-31T23:59:59.999Z'],
  ['1969-12-31T23:59:59Z', '1969-12-31T23:59:59.000Z'],
  ['2026-11-21T09:05', '2026-11-21T09:05:00.000Z'],
  ['2026-11-21 09:05:07', '2026-11-21T09:05:07.000Z'],
  ['2026-11-21T09:05:07.1', '2026-11-21T09:05:07.100Z'],
  ['2026-11-21T09:05:07.123999', '2026-11-21T09:05:07.123Z'],
  ['2026-11-21T09:05:07+05:30', '2026-11-21T03:35:07.000Z'],
  ['2026-11-21T09:05:07-0530', '2026-11-21T14:35:07.000Z'],
  ['2026-11-21T09:05+02', '2026-11-21T07:05:00.000Z'],
  ['2026-11-21 09:05:07.5Z', '2026-11-21T09:05:07.500Z'],
])('%s is the instant %s', (text, iso) => {
  expect(new Date(parseInstant(text)).toISOString()).toBe(iso);
});

test.each([
  '',
  '2026',
  '2026-11',
  '2026-02-30',
  '2025-02-29',
  '1900-02-29',
  '2026-13-01',
  '2026-00-10',
  '2026-11-00',
  '2026-1-1',
  '26-11-2026',
  '2026/11/21',
  '20261121',
  '2026-W47-6',
  ' 2026-11-21',
  '2026-11-21 ',
  '2026-11-21T',
  '2026-11-21T09',
  '2026-11-21t09:00',
  '2026-11-21T24:00:00Z',
  '2026-11-21T09:60',
  '2026-11-21T09:00:60',
  '2026-11-21T9:00:00',
  '2026-11-21T09:00:00.',
  '2026-11-21T09:00:00.Z',
  '2026-11-21T09:00:00,5',
  '2026-11-21T09:00:00z',
  '2026-11-21T09:00:00Zulu',
  '2026-11-21T09:00:00 Z',
  '2026-11-21T09:00:00+5',
  '2026-11-21T09:00:00+05:3',
  '2026-11-21T09:00:00+053',
  '2026-11-21T09:00:00+24:00',
  '2026-11-21T09:00:00+05:60',
  '+2026-11-21',
  'yesterday',
  '30 days ago',
  '1795251600',
  '２０２６-11-21',
])('%j is no date', (text) => {
  expect(parseInstant(text)).toBeNaN();
});

test('every instant of JavaScript reads back from its ISO text', () => {
  fc.assert(
    fc.property(
      fc.date({
        min: new Date('0000-01-01'),
        max: new Date('9999-12-31T23:59:59.999Z'),
        noInvalidDate: true,
      }),
      (date) => {
        expect(parseInstant(date.toISOString())).toBe(date.getTime());
        expect(parseInstant(date.toISOString().slice(0, 19).replace('T', ' '))).toBe(
          Math.floor(date.getTime() / 1000) * 1000,
        );
      },
    ),
    { numRuns: 2000 },
  );
});

test('a text is an instant in its zone', () => {
  expect(formatInstant(parseInstant('2026-07-01'), 'Europe/Berlin')).toBe('2026-07-01T02:00:00.000+02:00');
  expect(formatInstant(parseInstant('2026-07-01'), 'UTC')).toBe('2026-07-01T00:00:00.000Z');
});

const SECOND = 1000;
const DAY = 86_400 * SECOND;

test.each([
  ['30d', 0, 30 * DAY],
  ['-30d', 0, -30 * DAY],
  ['+1m', 0, 60 * SECOND],
  ['1h30m', 0, 5400 * SECOND],
  ['-1h 30m', 0, -5400 * SECOND],
  ['-7days', 0, -7 * DAY],
  ['2w', 0, 14 * DAY],
  ['90 seconds', 0, 90 * SECOND],
  ['1.5h', 0, 5400 * SECOND],
  [' 1 HOUR ', 0, 3600 * SECOND],
  ['1mo', 1, 0],
  ['-3 months', -3, 0],
  ['2y', 24, 0],
  ['-1y2mo3d', -14, -3 * DAY],
  ['0d', 0, 0],
])('the offset %j is %i months and %i ms', (text, months, milliseconds) => {
  const offset = parseOffset(text);

  expect(offset?.months).toBeCloseTo(months, 9);
  expect(offset?.milliseconds).toBeCloseTo(milliseconds, 9);
});

test.each([
  '',
  '30',
  'd',
  '1M',
  '5 parsecs',
  '1h-30m',
  '- -1d',
  '1.5mo',
  '1d,',
  'now',
  '999999999999y',
  '1e3d',
  '--1d',
])('%j is no offset', (text) => {
  expect(parseOffset(text)).toBeNull();
});

test.each([
  ['2026-01-31', '1mo', 'UTC', '2026-02-28T00:00:00.000Z'],
  ['2024-02-29', '-1y', 'UTC', '2023-02-28T00:00:00.000Z'],
  ['2026-03-31', '-1mo1d', 'UTC', '2026-02-27T00:00:00.000Z'],
  ['2026-03-28T23:30:00Z', '1mo', 'Europe/Berlin', '2026-04-28T22:30:00.000Z'],
  ['2026-03-28T12:00:00Z', '1d', 'Europe/Berlin', '2026-03-29T12:00:00.000Z'],
])('%s %s in %s is %s', (start, by, zone, expected) => {
  const offset = parseOffset(by);
  if (offset === null) throw new Error(by);

  expect(new Date(addOffset(parseInstant(start), offset, zone)).toISOString()).toBe(expected);
});
