import { formatInstant, parseInstant } from '../condition/instants.ts';
import { readPath } from '../condition/read-path.ts';
import type { Payload } from './graph.ts';

const SECOND = 1000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

const PLACES = [
  ['metadata', 'time', 'visit', 'current'],
  ['metadata', 'time', 'insert'],
].map((keys) => keys.map((key) => ({ key, index: null })));

/**
 * What Tracardi's node "Last profile visit time" hands on: the time of the current visit, else that of the
 * profile's creation, and how long before `now` (epoch milliseconds) it was, in fractional units. null where the
 * profile has neither, or not as a date.
 */
export function readLastVisit(profile: unknown, now: number): Payload | null {
  const found = PLACES.map((steps) => readPath(profile, steps)).find((value) => Boolean(value));
  const at = typeof found === 'string' ? parseInstant(found) : typeof found === 'number' ? found : NaN;
  if (!Number.isFinite(at)) return null;
  const elapsed = now - at;
  return {
    last: formatInstant(at, 'UTC'),
    difference: {
      seconds: elapsed / SECOND,
      minutes: elapsed / MINUTE,
      hours: elapsed / HOUR,
      days: elapsed / DAY,
      weeks: elapsed / (7 * DAY),
    },
  };
}
