import type { CompiledCondition, Documents, Tally } from '../condition/evaluate.ts';
import type { Difference } from '../membership.ts';
import type { Action } from '../segment.ts';

/** A workflow segment, compiled for one slot. A missing condition always holds. */
export interface WorkflowRule {
  readonly kind: 'workflow';
  readonly id: string;
  readonly order: number;
  readonly filter: CompiledCondition | null;
  readonly steps: readonly CompiledStep[];
  readonly tally: Tally;
}

interface CompiledStep {
  readonly when: CompiledCondition | null;
  readonly then: readonly Action[];
  readonly else: readonly Action[];
}

/** Workflows act on a profile one after another: by `order`, then by id. */
export function inOrder(rules: readonly WorkflowRule[]): readonly WorkflowRule[] {
  return [...rules].sort((a, b) => a.order - b.order || (a.id < b.id ? -1 : 1));
}

/**
 * Runs workflow segments over one profile. Each step sees the membership that the steps before it made; a
 * false filter changes nothing. `before` is the membership before the run.
 */
export function runWorkflows(
  rules: readonly WorkflowRule[],
  profile: Readonly<Record<string, unknown>>,
  before: readonly string[],
  segmentsField: string,
): { readonly total: Difference; readonly bySegment: ReadonlyMap<string, Difference> } {
  const bySegment = new Map<string, Difference>();
  let membership: readonly string[] = before;
  let documents: Documents = { profile, payload: {} };
  const see = (next: readonly string[]): void => {
    if (next === membership) return;
    membership = next;
    documents = { profile: { ...profile, [segmentsField]: next }, payload: {} };
  };
  for (const rule of rules) {
    if (rule.filter !== null && !rule.filter(documents, rule.tally)) continue;
    const start = membership;
    for (const step of rule.steps) {
      const actions = step.when === null || step.when(documents, rule.tally) ? step.then : step.else;
      for (const action of actions) see(act(membership, action));
    }
    if (membership !== start) bySegment.set(rule.id, difference(start, membership));
  }
  return { total: difference(before, membership), bySegment };
}

/** `move` adds its target even where the source is missing, as Tracardi's node does. */
function act(membership: readonly string[], action: Action): readonly string[] {
  if ('add' in action) return add(membership, action.add);
  if ('remove' in action) return remove(membership, action.remove);
  return add(remove(membership, action.move.from), action.move.to);
}

function add(membership: readonly string[], value: string): readonly string[] {
  return membership.includes(value) ? membership : [...membership, value];
}

function remove(membership: readonly string[], value: string): readonly string[] {
  return membership.includes(value) ? membership.filter((each) => each !== value) : membership;
}

function difference(from: readonly string[], to: readonly string[]): Difference {
  return {
    entered: to.filter((value) => !from.includes(value)),
    left: from.filter((value) => !to.includes(value)),
  };
}
