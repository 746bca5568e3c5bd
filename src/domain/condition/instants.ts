import { DateTime } from 'luxon';

const DAY = 86_400_000;
const DIGIT_0 = 48;
const DAYS_BEFORE_MONTH = [0, 31, 59, 90, 120, 151, 181, 212, 243, 273, 304, 334];
const DAYS_IN_MONTH = [31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];

/** Two digits at `index` as a number, or NaN. */
function two(text: string, index: number): number {
  const tens = text.charCodeAt(index) - DIGIT_0;
  const ones = text.charCodeAt(index + 1) - DIGIT_0;
  return tens >= 0 && tens <= 9 && ones >= 0 && ones <= 9 ? tens * 10 + ones : NaN;
}

function isLeapYear(year: number): boolean {
  return year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0);
}

function daysSinceEpoch(year: number, month: number, day: number): number {
  const before = year - 1;
  const leapDays = Math.floor(before / 4) - Math.floor(before / 100) + Math.floor(before / 400);
  const days = (DAYS_BEFORE_MONTH[month - 1] ?? NaN) + (month > 2 && isLeapYear(year) ? 1 : 0);
  return 365 * year + leapDays + days + day - 719_528;
}

/** The start of the day at the head of the text, in epoch milliseconds; NaN when it is no calendar day. */
function readDay(text: string): number {
  const year = two(text, 0) * 100 + two(text, 2);
  const month = two(text, 5);
  const day = two(text, 8);
  if (text.charCodeAt(4) !== 45 || text.charCodeAt(7) !== 45) return NaN;
  const last = month === 2 && isLeapYear(year) ? 29 : (DAYS_IN_MONTH[month - 1] ?? NaN);
  return day >= 1 && day <= last ? daysSinceEpoch(year, month, day) * DAY : NaN;
}

function digit(text: string, index: number): number {
  const value = text.charCodeAt(index) - DIGIT_0;
  return value >= 0 && value <= 9 ? value : NaN;
}

/** `Z`, `+05:30`, `+0530`, `+05` or nothing (UTC) from `index` to the end, in milliseconds east of UTC; else NaN. */
function readZone(text: string, index: number): number {
  const rest = text.length - index;
  if (rest === 0) return 0;
  const sign = text.charCodeAt(index);
  if (sign === 90) return rest === 1 ? 0 : NaN;
  if (sign !== 43 && sign !== 45) return NaN;
  const hours = two(text, index + 1);
  const colon = text.charCodeAt(index + 3) === 58 ? 1 : 0;
  const minutes = rest === 3 ? 0 : rest === 5 + colon ? two(text, index + 3 + colon) : NaN;
  if (!(hours <= 23 && minutes <= 59)) return NaN;
  return (sign === 45 ? -1 : 1) * (hours * 60 + minutes) * 60_000;
}

/**
 * Reads ISO 8601 as epoch milliseconds: `2026-11-21`, `2026-11-21T09:00`, `2026-11-21 09:00:00.123+05:30`; no
 * zone means UTC. NaN for everything else: a day that does not exist, a free-text date, blanks around it.
 * Written by hand because it runs for each profile: `Date.parse` takes local time and much that is no ISO.
 */
export function parseInstant(text: string): number {
  const { length } = text;
  if (length === 10) return readDay(text);
  const separator = text.charCodeAt(10);
  if (length < 16 || (separator !== 84 && separator !== 32) || text.charCodeAt(13) !== 58) return NaN;
  const hours = two(text, 11);
  const minutes = two(text, 14);
  let seconds = 0;
  let fraction = 0;
  let index = 16;
  if (text.charCodeAt(16) === 58) {
    seconds = two(text, 17);
    index = 19;
    if (text.charCodeAt(19) === 46) {
      index = 20;
      // What is finer than a millisecond is cut off, as JavaScript dates and Elasticsearch do.
      for (let weight = 100; !Number.isNaN(digit(text, index)); weight = Math.trunc(weight / 10)) {
        fraction += weight * digit(text, index);
        index += 1;
      }
      if (index === 20) return NaN;
    }
  }
  if (!(hours <= 23 && minutes <= 59 && seconds <= 59)) return NaN;
  return readDay(text) + ((hours * 60 + minutes) * 60 + seconds) * 1000 + fraction - readZone(text, index);
}

/** As people and text tests see it: ISO 8601 with milliseconds, in the zone. */
export function formatInstant(epochMs: number, zone: string): string {
  return DateTime.fromMillis(epochMs, { zone }).toISO() ?? 'out of range';
}
