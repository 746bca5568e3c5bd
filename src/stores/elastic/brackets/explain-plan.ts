import type { Condition } from '../../../domain/condition/ast.ts';
import type { EvaluationOptions } from '../../../domain/condition/evaluate.ts';
import { printCondition } from '../../../domain/condition/print.ts';
import { isTest } from '../../../domain/condition/test-nodes.ts';
import { reachOf, type Bounds, type Bracket } from './bounds.ts';
import { compileBounds, MAX_CLAUSES } from './compile.ts';
import type { IndexFields } from './index-fields.ts';

/** What a condition costs a run, for people. */
export interface Plan {
  readonly reach: Bracket['reach'];
  /** Which profiles a run evaluates because of it. */
  readonly evaluates: string;
  /** The condition's parts, outermost first. */
  readonly parts: readonly PlanPart[];
}

export interface PlanPart {
  /** How deep it stands in the condition; 0 is the whole. */
  readonly depth: number;
  readonly text: string;
  readonly reach: Bracket['reach'];
  /** Why it is not exact; of a test only. */
  readonly reasons: readonly string[];
}

/** How an index narrows a condition down and, where it cannot, why. */
export function explainPlan(condition: Condition, fields: IndexFields, options: EvaluationOptions): Plan {
  const boundsOf = (node: Condition): Bounds => compileBounds(node, fields, options, MAX_CLAUSES);
  const whole = boundsOf(condition);
  return {
    reach: reachOf(whole),
    evaluates: evaluatesOf(whole),
    parts: partsOf(condition, 0).map(({ node, depth }) => {
      const bounds = boundsOf(node);
      const reach = reachOf(bounds);
      const reasons = isTest(node) && reach !== 'exact' ? bounds.reasons : [];
      return { depth, text: isTest(node) ? printCondition(node) : WORDS[node.kind], reach, reasons };
    }),
  };
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

function evaluatesOf(bounds: Bounds): string {
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
}
