import type { Condition, Operand, TestNode } from './ast.ts';
import type { Documents, EvaluationOptions } from './documents.ts';
import { formatInstant } from './instants.ts';
import { closureOf, compileLeaf } from './leaves.ts';
import { compileOperand, leafOf, type DynamicOperand } from './operands.ts';
import { printOperand } from './print.ts';
import { readField } from './read-field.ts';
import { isNegated, isTest, operatorOf } from './test-nodes.ts';
import { Instant, leavesOf, Reached } from './values.ts';

/** Why a condition is true or false of one document: plain JSON, every node with its own verdict. */
export type Explanation =
  | { readonly kind: 'and' | 'or'; readonly verdict: boolean; readonly terms: readonly Explanation[] }
  | { readonly kind: 'not'; readonly verdict: boolean; readonly term: Explanation }
  | ExplainedTest;

export interface ExplainedTest {
  readonly kind: 'test';
  readonly verdict: boolean;
  readonly left: ExplainedOperand;
  /** As the user writes it: `==`, `NOT CONTAINS`, `BETWEEN`. */
  readonly operator: string;
  /** None for EXISTS and its like, two for BETWEEN. */
  readonly right: readonly ExplainedOperand[];
  /** Values of different types were compared, so the test could not be true. */
  readonly mismatch: boolean;
}

export interface ExplainedOperand {
  readonly text: string;
  /** A literal and a function of literals are always a value. */
  readonly state: 'missing' | 'null' | 'value';
  /** What was compared: JSON, instants as ISO 8601, several values of a path as a list; null unless a value. */
  readonly value: unknown;
}

/** Unlike the evaluator it does not stop when the verdict is known: each node says what it is by itself. */
export function explainCondition(
  condition: Condition,
  documents: Documents,
  options: EvaluationOptions,
): Explanation {
  const explain = (term: Condition): Explanation => explainCondition(term, documents, options);
  if (isTest(condition)) return explainTest(condition, documents, options);
  switch (condition.kind) {
    case 'and': {
      const terms = condition.terms.map(explain);
      return { kind: 'and', verdict: terms.every(({ verdict }) => verdict), terms };
    }
    case 'or': {
      const terms = condition.terms.map(explain);
      return { kind: 'or', verdict: terms.some(({ verdict }) => verdict), terms };
    }
    case 'not': {
      const term = explain(condition.term);
      return { kind: 'not', verdict: !term.verdict, term };
    }
  }
}

/** The test is the evaluator's own, so that the two cannot disagree. */
function explainTest(test: TestNode, documents: Documents, options: EvaluationOptions): ExplainedTest {
  const tally = { mismatches: 0 };
  const verdict = closureOf(compileLeaf(test, options))(documents, tally) !== isNegated(test);
  const [left, ...right] = operandsOf(test).map((operand) => explainOperand(operand, documents, options));
  if (left === undefined) throw new Error('a test without an operand');
  return { kind: 'test', verdict, left, operator: operatorOf(test), right, mismatch: tally.mismatches > 0 };
}

function operandsOf(test: TestNode): readonly Operand[] {
  switch (test.kind) {
    case 'compare':
    case 'in':
    case 'contains':
    case 'starts-with':
    case 'ends-with':
      return [test.left, test.right];
    case 'between':
      return [test.operand, test.low, test.high];
    case 'null':
    case 'exists':
    case 'empty':
      return [test.operand];
  }
}

function explainOperand(
  operand: Operand,
  documents: Documents,
  options: EvaluationOptions,
): ExplainedOperand {
  const text = operand.kind === 'field' ? operand.text : printOperand(operand);
  const compiled = compileOperand(operand, options);
  switch (compiled.kind) {
    case 'constant':
      return { text, state: 'value', value: shown(compiled.value) };
    case 'list': {
      const items = operand.kind === 'list' ? operand.items : [];
      return {
        text,
        state: 'value',
        value: items.map((item) => explainOperand(item, documents, options).value),
      };
    }
    case 'dynamic':
      return { text, ...found(compiled, readField(compiled.field)(documents)) };
  }
}

function found(operand: DynamicOperand, value: unknown): Pick<ExplainedOperand, 'state' | 'value'> {
  if (value === undefined) return { state: 'missing', value: null };
  if (value === null) return { state: 'null', value: null };
  return { state: 'value', value: seen(operand, value) };
}

/** A date field is shown as it is written: that is what tells a wrong format. */
function seen(operand: DynamicOperand, value: unknown): unknown {
  if (operand.convert === null) return value instanceof Reached ? value.values : value;
  if (value instanceof Reached || Array.isArray(value)) {
    return leavesOf(value).map((leaf) => shown(leafOf(operand, leaf)));
  }
  return shown(leafOf(operand, value));
}

/** A symbol is what a function cannot read. */
function shown(value: unknown): unknown {
  if (value instanceof Instant) return formatInstant(value.epochMs, value.zone);
  return typeof value === 'symbol' ? 'unreadable' : value;
}
