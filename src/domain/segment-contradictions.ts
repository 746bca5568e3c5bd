import type { LiveSegment, Segment } from './segment.ts';
import { namedHours } from './cron.ts';
import { hasDaylightSaving } from './zones.ts';

interface Contradiction {
  readonly path: readonly string[];
  readonly message: string;
}

/** What a shape alone cannot say: alternatives, and times that a clock change would skip or repeat. */
export function contradictions(segment: Segment): readonly Contradiction[] {
  switch (segment.kind) {
    case 'live':
      return [
        ...exactlyOne(segment, ['condition', 'workflow', 'flow', 'query']),
        ...atMostOne(segment, ['every', 'cron', 'slots']),
        ...earlySlots(segment.slots ?? [], segment.timezone),
        ...earlyCron(segment.cron, segment.timezone),
        ...(isWorkflow(segment) ? valueOfWorkflow(segment) : onlyWorkflows(segment)),
        ...onlyFlows(segment),
      ];
    case 'static':
      return exactlyOne(segment, ['sql', 'condition']);
    case 'dynamic':
      return [...exactlyOne(segment, ['sql', 'condition']), ...earlySlots(segment.slots, segment.timezone)];
    case 'proxy':
      return segment.tag === 'order-count' || segment.orders === undefined
        ? []
        : [{ path: ['orders'], message: 'orders goes with tag: order-count only' }];
  }
}

function given(segment: object, keys: readonly string[]): readonly string[] {
  const present = new Map(Object.entries(segment));
  return keys.filter((key) => present.get(key) !== undefined);
}

function exactlyOne(segment: object, keys: readonly string[]): readonly Contradiction[] {
  const present = given(segment, keys);
  if (present.length === 1) return [];
  const found = present.length === 0 ? 'found none of them' : `found ${present.join(' and ')}`;
  return [{ path: present.slice(1, 2), message: `expected exactly one of ${keys.join(', ')}; ${found}` }];
}

function atMostOne(segment: object, keys: readonly string[]): readonly Contradiction[] {
  const present = given(segment, keys);
  if (present.length <= 1) return [];
  return [
    {
      path: present.slice(1, 2),
      message: `expected at most one of ${keys.join(', ')}; found ${present.join(' and ')}`,
    },
  ];
}

/** Clocks change between midnight and four, wherever they do. */
const SAFE_HOUR = 4;

function earlySlots(slots: readonly string[], zone: string): readonly Contradiction[] {
  const early = slots.find((slot) => Number(slot.slice(0, 2)) < SAFE_HOUR);
  if (early === undefined || !hasDaylightSaving(zone)) return [];
  return [{ path: ['slots'], message: `slot ${early} ${unsafeIn(zone)}` }];
}

function earlyCron(cron: string | undefined, zone: string): readonly Contradiction[] {
  const early = cron === undefined ? undefined : namedHours(cron).find((hour) => hour < SAFE_HOUR);
  if (early === undefined || !hasDaylightSaving(zone)) return [];
  return [{ path: ['cron'], message: `hour ${early} ${unsafeIn(zone)}` }];
}

function unsafeIn(zone: string): string {
  return `in ${zone} can be skipped or repeated when its clocks change; use 04:00 or later, or a zone without daylight saving`;
}

function isWorkflow({ workflow, flow }: LiveSegment): boolean {
  return workflow !== undefined || flow !== undefined;
}

function onlyFlows({ flow, values }: LiveSegment): readonly Contradiction[] {
  return values === undefined || flow !== undefined
    ? []
    : [{ path: ['values'], message: 'values is for a flow that adds segments from fields; remove values' }];
}

function onlyWorkflows(segment: LiveSegment): readonly Contradiction[] {
  return segment.shared
    ? [
        {
          path: ['shared'],
          message: 'shared is for workflow and flow segments: a condition is the only owner of its value',
        },
      ]
    : [];
}

function valueOfWorkflow(segment: LiveSegment): readonly Contradiction[] {
  const found: Contradiction[] = [];
  if (segment.value !== undefined)
    found.push({
      path: ['value'],
      message: 'a workflow names its values in its actions, a flow in its nodes; remove value',
    });
  if (segment.mode !== 'sync')
    found.push({
      path: ['mode'],
      message: 'mode is for conditions: a workflow removes only what its actions remove',
    });
  return found;
}
