import type { Definition } from '../domain/definition.ts';
import type { RetiredSegment } from '../domain/published-set.ts';
import type { RetireRule } from '../domain/retire.ts';
import { RETIRED_GROUP, type RunRecord } from '../domain/run.ts';
import type { PinnedDefinitions } from './definitions.ts';
import { valueSetsOf } from './runnable.ts';

/** What a run works on: segments to compute, or retired ones whose values leave the profiles. Never both. */
export interface Due {
  readonly definitions: readonly Definition[];
  readonly retired: readonly RetiredSegment[];
}

/** What a recorded run works on, by the set it has pinned. */
export function dueOf(
  { definitions, retired }: PinnedDefinitions,
  { group, segmentIds }: Pick<RunRecord, 'group' | 'segmentIds'>,
): Due {
  const named = new Set(segmentIds);
  return group === RETIRED_GROUP
    ? { definitions: [], retired: retired.filter((each) => named.has(each.id) && isLeaving(each)) }
    : { definitions: definitions.filter(({ segment }) => named.has(segment.id)), retired: [] };
}

/** Somebody has asked for it: a missing file alone takes nobody's membership away. */
export function isLeaving({ retirement }: RetiredSegment): boolean {
  return retirement.kind === 'pruned' || retirement.kind === 'renamed';
}

export function idsOf({ definitions, retired }: Due): readonly string[] {
  return [...definitions.map(({ segment }) => segment.id), ...new Set(retired.map(({ id }) => id))];
}

export function without({ definitions, retired }: Due, ids: ReadonlySet<string>): Due {
  return {
    definitions: definitions.filter(({ segment }) => !ids.has(segment.id)),
    retired: retired.filter(({ id }) => !ids.has(id)),
  };
}

export function retireRulesOf({ retired }: Due): readonly RetireRule[] {
  return retired.flatMap(({ id, values, becomes }) => values.map((value) => ({ id, value, becomes })));
}

/** The values of each segment, one entry a segment. */
export function valuesOfDue(
  due: Due,
): readonly { readonly id: string; readonly values: readonly string[] }[] {
  const retired = [...new Set(due.retired.map(({ id }) => id))].map((id) => ({
    id,
    values: due.retired.filter((each) => each.id === id).flatMap(({ values }) => values),
  }));
  return [...valueSetsOf(due.definitions), ...retired];
}
