import { SegmentNotFound } from '../domain/errors.ts';
import { nearestOf } from '../domain/known-keys.ts';
import type { PinnedDefinitions } from './definitions.ts';
import { isRunnable, type RunnableDefinition } from './runnable.ts';

/** The definition that computes a segment. Throws a SegmentNotFound that says why there is none. */
export function findRunnable(pinned: PinnedDefinitions, id: string): RunnableDefinition {
  const definition = pinned.definitions.find(({ segment }) => segment.id === id);
  if (definition !== undefined && isRunnable(definition)) return definition;
  throw new SegmentNotFound(
    definition === undefined
      ? whyUnknown(pinned, id)
      : `Segment "${id}" is defined, but its kind is not scheduled by this version.`,
  );
}

/** For what needs no definition any more, as long as the id is or was one. Throws a SegmentNotFound otherwise. */
export function assertKnown(pinned: PinnedDefinitions, id: string): void {
  if (!knownIds(pinned).includes(id)) throw new SegmentNotFound(whyUnknown(pinned, id));
}

function knownIds({ definitions, leftOut, retired }: PinnedDefinitions): readonly string[] {
  return [
    ...definitions.map(({ segment }) => segment.id),
    ...[...leftOut, ...retired].map((each) => each.id),
  ];
}

function whyUnknown(pinned: PinnedDefinitions, id: string): string {
  const problem = pinned.leftOut.find((each) => each.id === id)?.reason;
  if (problem !== undefined) return `Segment "${id}" does not load: ${problem}`;
  if (knownIds(pinned).includes(id))
    return `The file of segment "${id}" is gone: its members stay, and it is not computed any more.`;
  const near = nearestOf(id, knownIds(pinned));
  const hint = near === null ? '`strata segments` lists them' : `did you mean "${near}"?`;
  return `No published definition has the id "${id}"; ${hint}`;
}
