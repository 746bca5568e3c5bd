/** How far an index decides a condition, for people. */
export interface ConditionPlan {
  /** `exact`: the index alone. `full`: only the evaluator. `bounded`: the evaluator where the index is not sure. */
  readonly reach: 'exact' | 'bounded' | 'full';
  /** Which profiles a run evaluates because of it. */
  readonly evaluates: string;
  /** The condition's parts, outermost first. */
  readonly parts: readonly PlanPart[];
}

export interface PlanPart {
  /** How deep it stands in the condition; 0 is the whole. */
  readonly depth: number;
  readonly text: string;
  readonly reach: ConditionPlan['reach'];
  /** Why it is not exact; of a test only. */
  readonly reasons: readonly string[];
}
