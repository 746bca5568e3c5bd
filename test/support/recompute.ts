import type { Condition } from '../../src/domain/condition/ast.ts';
import { compileCondition } from '../../src/domain/condition/evaluate.ts';
import { toDateFields } from '../../src/domain/condition/fields.ts';
import type { Definition } from '../../src/domain/definition.ts';
import type { Action } from '../../src/domain/segment.ts';
import type { StoredProfile } from '../../src/domain/profile.ts';

/** One profile's expected change by one run, as `+value` and `-value`, sorted. */
export type ExpectedChanges = ReadonlyMap<string, readonly string[]>;

/**
 * What a run must change, said as plainly as possible and without the code that does it: conditions on the
 * membership before, workflows step by step after each other.
 */
export function recompute(
  definitions: readonly Definition[],
  profiles: readonly StoredProfile[],
  slot: string,
): ExpectedChanges {
  const options = { now: Date.parse(slot), dateFields: toDateFields(['metadata.time.*']) };
  const test = (condition: Condition | null) =>
    condition === null ? () => true : compileCondition(condition, options);
  const conditionSegments = definitions.flatMap(({ segment, conditions }) =>
    segment.kind === 'live' && conditions.condition !== null
      ? [{ segment, matches: test(conditions.condition) }]
      : [],
  );
  const workflowSegments = definitions
    .filter(({ segment }) => segment.kind === 'live' && segment.workflow !== undefined)
    .toSorted((a, b) => (a.segment.id < b.segment.id ? -1 : 1))
    .map(({ conditions }) => ({
      filter: test(conditions.filter),
      steps: conditions.steps.map((step) => ({ ...step, holds: test(step.when) })),
    }));
  const tally = { mismatches: 0 };
  const changes = new Map<string, readonly string[]>();
  for (const profile of profiles) {
    const before = new Set(profile.segments);
    const after = new Set(before);
    for (const { segment, matches } of conditionSegments) {
      const value = segment.value ?? segment.id;
      if (matches({ profile: profile.document }, tally)) after.add(value);
      else if (segment.mode === 'sync') after.delete(value);
    }
    const walk = new Set(before);
    const see = () => ({ profile: { ...profile.document, segments: [...walk] }, payload: {} });
    for (const { filter, steps } of workflowSegments) {
      if (!filter(see(), tally)) continue;
      for (const step of steps)
        for (const action of step.holds(see(), tally) ? step.then : step.else) act(walk, action);
    }
    for (const value of walk) if (!before.has(value)) after.add(value);
    for (const value of before) if (!walk.has(value)) after.delete(value);
    const entered = [...after].filter((value) => !before.has(value)).map((value) => `+${value}`);
    const left = [...before].filter((value) => !after.has(value)).map((value) => `-${value}`);
    if (entered.length + left.length > 0) changes.set(profile.id, [...entered, ...left].sort());
  }
  return changes;
}

function act(membership: Set<string>, action: Action): void {
  if ('add' in action) membership.add(action.add);
  else if ('remove' in action) membership.delete(action.remove);
  else {
    membership.delete(action.move.from);
    membership.add(action.move.to);
  }
}
