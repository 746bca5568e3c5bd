import type { QueryRule } from '../../../activities/profile-store.ts';
import type { Condition } from '../../../domain/condition/ast.ts';
import type { EvaluationOptions } from '../../../domain/condition/evaluate.ts';
import type { ConditionPlan } from '../../../domain/condition/plan.ts';
import { printCondition } from '../../../domain/condition/print.ts';
import { isTest } from '../../../domain/condition/test-nodes.ts';
import { queryDsl } from '../query-rules.ts';
import { exactly, reachOf, type Bounds } from './bounds.ts';
import { compileBounds, MAX_CLAUSES } from './compile.ts';
import type { IndexFields } from './index-fields.ts';
import { leaf } from './query.ts';

/** What a run asks a condition for: who enters and leaves, who enters, or whom a workflow looks at. */
export type PlanUse = 'sync' | 'add' | 'filter';

/** How an index narrows a condition down and, where it cannot, why. */
export function explainPlan(
  condition: Condition,
  fields: IndexFields,
  options: EvaluationOptions,
  use: PlanUse,
): ConditionPlan {
  const boundsOf = (node: Condition): Bounds => compileBounds(node, fields, options, MAX_CLAUSES);
  const whole = boundsOf(condition);
  return {
    reach: reachOf(whole),
    evaluates: EVALUATES[use](whole),
    parts: partsOf(condition, 0).map(({ node, depth }) => {
      const bounds = boundsOf(node);
      const reach = reachOf(bounds);
      const reasons = isTest(node) && reach !== 'exact' ? bounds.reasons : [];
      return { depth, text: isTest(node) ? printCondition(node) : WORDS[node.kind], reach, reasons };
    }),
  };
}

/** The index alone decides it, and does not say how. */
export function explainQuery({ query, mode }: QueryRule): ConditionPlan {
  const part = { depth: 0, text: query, reach: 'exact' as const, reasons: [] };
  return { reach: 'exact', evaluates: EVALUATES[mode](exactly(leaf(queryDsl(query)))), parts: [part] };
}

const WORDS = { and: 'all of', or: 'any of', not: 'not' } as const;

interface Part {
  readonly node: Condition;
  readonly depth: number;
}

function partsOf(node: Condition, depth: number): readonly Part[] {
  const terms = isTest(node) ? [] : node.kind === 'not' ? [node.term] : node.terms;
  return [{ node, depth }, ...terms.flatMap((term) => partsOf(term, depth + 1))];
}

const EVALUATES: Readonly<Record<PlanUse, (bounds: Bounds) => string>> = {
  sync: (bounds) => {
    switch (reachOf(bounds)) {
      case 'exact':
        return 'profiles that enter or leave, and no others';
      case 'full':
        return 'every profile';
      case 'bounded':
        if (bounds.upper.kind === 'all')
          return 'every profile outside of the segment, and members that may leave';
        if (bounds.lower.kind === 'none') return 'every member, and profiles outside that may match';
        return 'profiles of which the index is not sure';
    }
  },
  add: (bounds) => {
    if (bounds.upper.kind === 'all') return 'every profile outside of the segment';
    return reachOf(bounds) === 'exact'
      ? 'profiles that enter, and no others'
      : 'profiles outside of the segment that may match';
  },
  filter: ({ upper }) =>
    upper.kind === 'all' ? 'every profile' : 'profiles that the filter may let through',
};
