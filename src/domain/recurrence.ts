import { cronSlots } from './cron.ts';
import type { LiveSegment } from './segment.ts';

/** When a group of live segments is due. Segments of one recurrence share one schedule and one scan. */
export type Recurrence =
  | { readonly kind: 'every'; readonly every: string }
  | { readonly kind: 'cron'; readonly cron: string; readonly timezone: string }
  | { readonly kind: 'slots'; readonly slots: readonly string[]; readonly timezone: string };

/** Live segmentation is hourly unless its definition says otherwise. */
export const DEFAULT_EVERY = '1h';

/** What decides when a live segment is due. */
export type ScheduledSegment = Pick<LiveSegment, 'id' | 'enabled' | 'every' | 'cron' | 'slots' | 'timezone'>;

export function recurrenceOf(segment: Omit<ScheduledSegment, 'id' | 'enabled'>): Recurrence {
  const { timezone } = segment;
  if (segment.cron !== undefined)
    return { kind: 'cron', cron: segment.cron.trim().replace(/\s+/g, ' '), timezone };
  if (segment.slots !== undefined) {
    return { kind: 'slots', slots: [...new Set(segment.slots)].sort(), timezone };
  }
  return { kind: 'every', every: canonicalEvery(segment.every ?? DEFAULT_EVERY) };
}

const MINUTES = { m: 1, h: 60, d: 1440 } as const;

/** `60m` and `1h` are one recurrence. */
function canonicalEvery(every: string): string {
  const minutes = everyMinutes(every);
  if (minutes % MINUTES.d === 0) return `${minutes / MINUTES.d}d`;
  return minutes % MINUTES.h === 0 ? `${minutes / MINUTES.h}h` : `${minutes}m`;
}

export function everyMinutes(every: string): number {
  const count = Number(every.slice(0, -1));
  const unit = every.at(-1);
  if (unit === 'd') return count * MINUTES.d;
  return unit === 'h' ? count * MINUTES.h : count;
}

/** The name of the group: part of schedule and run ids, so it says when it runs and holds [a-z0-9-] only. */
export function groupName(recurrence: Recurrence): string {
  switch (recurrence.kind) {
    case 'every':
      return `every-${recurrence.every}`;
    case 'cron':
      return `cron-${slug(inWords(recurrence.cron))}${zoneSuffix(recurrence.timezone)}`;
    case 'slots':
      return `daily-${recurrence.slots.map((slot) => slot.replace(':', '')).join('-')}${zoneSuffix(recurrence.timezone)}`;
  }
}

/** A slug alone would make one name, and so one schedule, of `mon,fri` and `mon-fri`. */
function inWords(cron: string): string {
  return cron.replaceAll('-', ' to ').replaceAll(',', ' and ').replaceAll('/', ' per ').replaceAll('*', 'x');
}

/** Likewise of Etc/GMT+5 and Etc/GMT-5. */
function zoneSuffix(timezone: string): string {
  return timezone === 'UTC' ? '' : `-${slug(timezone.replace('+', ' plus '))}`;
}

function slug(text: string): string {
  return text
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^-|-$/g, '');
}

export interface LiveGroup {
  readonly name: string;
  readonly recurrence: Recurrence;
  readonly segmentIds: readonly string[];
}

/** The enabled live segments by recurrence, groups and ids in name order. */
export function groupLive(segments: readonly ScheduledSegment[]): readonly LiveGroup[] {
  const groups = new Map<string, { recurrence: Recurrence; segmentIds: string[] }>();
  for (const segment of segments) {
    if (!segment.enabled) continue;
    const recurrence = recurrenceOf(segment);
    const name = groupName(recurrence);
    const group = groups.get(name) ?? { recurrence, segmentIds: [] };
    group.segmentIds.push(segment.id);
    groups.set(name, group);
  }
  return [...groups]
    .map(([name, group]) => ({ name, recurrence: group.recurrence, segmentIds: group.segmentIds.sort() }))
    .sort((a, b) => (a.name < b.name ? -1 : 1));
}

/** The next `count` slots after an instant, as ISO strings: the arithmetic the server does for the same spec. */
export function nextSlots(recurrence: Recurrence, after: Date, count: number): readonly string[] {
  switch (recurrence.kind) {
    case 'every': {
      const step = everyMinutes(recurrence.every) * 60_000;
      const first = Math.floor(after.getTime() / step) * step + step;
      return Array.from({ length: count }, (_, index) => new Date(first + index * step).toISOString());
    }
    case 'cron':
      return cronSlots(recurrence.cron, recurrence.timezone, after, count);
    case 'slots':
      return recurrence.slots
        .flatMap((slot) =>
          cronSlots(
            `${Number(slot.slice(3))} ${Number(slot.slice(0, 2))} * * *`,
            recurrence.timezone,
            after,
            count,
          ),
        )
        .sort()
        .slice(0, count);
  }
}

export function describeRecurrence(recurrence: Recurrence): string {
  switch (recurrence.kind) {
    case 'every':
      return `every ${recurrence.every}`;
    case 'cron':
      return `cron "${recurrence.cron}" ${recurrence.timezone}`;
    case 'slots':
      return `daily at ${recurrence.slots.join(', ')} ${recurrence.timezone}`;
  }
}
