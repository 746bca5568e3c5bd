import type { Definition } from '../domain/definition.ts';
import { UserError } from '../domain/errors.ts';
import { groupName, recurrenceOf } from '../domain/recurrence.ts';
import { RETIRED_GROUP, type LeftOut } from '../domain/run.ts';
import type { PinnedDefinitions } from './definitions.ts';
import { dueOf, type Due } from './due.ts';
import { findRunnable } from './find-runnable.ts';
import type { PausedSegment } from './ledger.ts';
import { isRunnable } from './runnable.ts';

/** The group of runs that people start: all live segments, whatever their recurrence. */
export const MANUAL_GROUP = 'manual';

export interface DueRequest {
  readonly group: string;
  /** null: all enabled live segments of the group, or of every group when that is `manual`. */
  readonly segmentIds: readonly string[] | null;
}

/** What a new run computes, and what of the group it leaves out, each with the reason. */
export function chooseDue(
  pinned: PinnedDefinitions,
  paused: readonly PausedSegment[],
  { group, segmentIds }: DueRequest,
): { readonly due: Due; readonly leftOut: readonly LeftOut[] } {
  if (group === RETIRED_GROUP)
    return { due: dueOf(pinned, { group, segmentIds: segmentIds ?? [] }), leftOut: [] };
  const held = heldSegments(pinned, paused);
  if (segmentIds !== null) {
    const definitions = [...new Set(segmentIds)].map((id) => runnableDefinition(id, pinned, held));
    return { due: { definitions, retired: [] }, leftOut: [] };
  }
  const inGroup = pinned.definitions.filter((definition) => isInGroup(definition, group));
  const leftOut = inGroup.flatMap(({ segment: { id } }) => {
    const reason = held.get(id);
    return reason === undefined ? [] : [{ id, reason }];
  });
  return {
    due: { definitions: inGroup.filter(({ segment }) => !held.has(segment.id)), retired: [] },
    leftOut: [...pinned.leftOut, ...leftOut],
  };
}

/** Segments that load and are not computed now, by id, with the reason. */
function heldSegments(
  { retired }: PinnedDefinitions,
  paused: readonly PausedSegment[],
): ReadonlyMap<string, string> {
  const moving = retired.flatMap(({ id, retirement }) =>
    retirement.kind === 'renamed'
      ? [
          [
            retirement.to,
            `its members are still being moved from "${id}"; \`strata schedules apply\` finishes that`,
          ] as const,
        ]
      : [],
  );
  const pauses = paused.map(
    ({ segmentId, reason, pausedAt }) =>
      [
        segmentId,
        `paused since ${pausedAt}: ${reason}; \`strata segments resume ${segmentId}\` lets it run again`,
      ] as const,
  );
  return new Map([...moving, ...pauses]);
}

function isInGroup(definition: Definition, group: string): boolean {
  const { segment } = definition;
  if (!isRunnable(definition) || segment.kind !== 'live' || !segment.enabled) return false;
  return group === MANUAL_GROUP || groupName(recurrenceOf(segment)) === group;
}

function runnableDefinition(
  id: string,
  pinned: PinnedDefinitions,
  held: ReadonlyMap<string, string>,
): Definition {
  const definition = findRunnable(pinned, id);
  const reason = held.get(id);
  if (reason !== undefined) throw new UserError(`Segment "${id}" is not computed: ${reason}.`);
  return definition;
}
