import { DateTime } from 'luxon';

/** A step in time: months follow the calendar of a zone, the rest is a fixed length. */
export interface Offset {
  readonly months: number;
  readonly milliseconds: number;
}

const SECOND = 1000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

type Unit = { readonly months: number } | { readonly milliseconds: number };

const UNITS: ReadonlyMap<string, Unit> = new Map<string, Unit>([
  ...names({ milliseconds: SECOND }, 's', 'sec', 'secs', 'second', 'seconds'),
  ...names({ milliseconds: MINUTE }, 'm', 'min', 'mins', 'minute', 'minutes'),
  ...names({ milliseconds: HOUR }, 'h', 'hr', 'hrs', 'hour', 'hours'),
  ...names({ milliseconds: DAY }, 'd', 'day', 'days'),
  ...names({ milliseconds: 7 * DAY }, 'w', 'wk', 'wks', 'week', 'weeks'),
  ...names({ months: 1 }, 'mo', 'mos', 'month', 'months'),
  ...names({ months: 12 }, 'y', 'yr', 'yrs', 'year', 'years'),
]);

/** Past this the result leaves the years that ISO 8601 can write. */
const LONGEST = 10_000 * 366 * DAY;

function names(unit: Unit, ...written: readonly string[]): readonly (readonly [string, Unit])[] {
  return written.map((name) => [name, unit]);
}

/** Reads `30d`, `-7days`, `1h30m`, `90 seconds`; one sign for all parts. Null when it is no offset. */
export function parseOffset(text: string): Offset | null {
  const whole = /^\s*([+-]?)((?:\s*\d{1,12}(?:\.\d{1,6})?\s*[a-z]+)+)\s*$/i.exec(text);
  if (whole?.[2] === undefined) return null;
  let months = 0;
  let milliseconds = 0;
  for (const [, amount, name] of whole[2].matchAll(/(\d+(?:\.\d+)?)\s*([a-z]+)/gi)) {
    const unit = unitOf(name ?? '');
    if (unit === null) return null;
    const count = Number(amount);
    if ('milliseconds' in unit) milliseconds += Math.round(count * unit.milliseconds);
    else if (Number.isInteger(count)) months += count * unit.months;
    else return null;
  }
  if (milliseconds + months * 31 * DAY > LONGEST) return null;
  const sign = whole[1] === '-' ? -1 : 1;
  return { months: sign * months, milliseconds: sign * milliseconds };
}

/** A capital M is a month to some and a minute to others, so it is neither. */
function unitOf(name: string): Unit | null {
  return name === 'M' ? null : (UNITS.get(name.toLowerCase()) ?? null);
}

/** Months first, on the calendar of the zone (31 January + 1 month is 28 February), then the fixed part. */
export function addOffset(epochMs: number, { months, milliseconds }: Offset, zone: string): number {
  if (months === 0) return epochMs + milliseconds;
  return DateTime.fromMillis(epochMs, { zone }).plus({ months }).toMillis() + milliseconds;
}
