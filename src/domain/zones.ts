import { DateTime, IANAZone } from 'luxon';

export function isTimeZone(name: string): boolean {
  return IANAZone.isValidZone(name);
}

/** Whether the zone's clocks change in the course of 2026, the last year whose rules are known everywhere. */
export function hasDaylightSaving(zone: string): boolean {
  const offsets = new Set<number>();
  for (let month = 1; month <= 12; month += 1) {
    offsets.add(DateTime.fromObject({ year: 2026, month, day: 1 }, { zone }).offset);
  }
  return offsets.size > 1;
}
