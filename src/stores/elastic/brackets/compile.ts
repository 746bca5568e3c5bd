import type { Condition, TestNode } from '../../../domain/condition/ast.ts';
import { compileCondition, type EvaluationOptions } from '../../../domain/condition/evaluate.ts';
import { fieldsOf } from '../../../domain/condition/fields.ts';
import { isNegated, isTest } from '../../../domain/condition/test-nodes.ts';
import {
  conjunction,
  costOf,
  disjunction,
  EVERYTHING,
  negate,
  NOTHING,
  toBracket,
  unbounded,
  type Bounds,
  type Bracket,
} from './bounds.ts';
import type { IndexFields } from './index-fields.ts';
import { classify, type BracketContext } from './operands.ts';
import { presence } from './presence-tests.ts';
import { textTest } from './text-tests.ts';
import { between, comparison } from './value-tests.ts';

/**
 * AND and OR by turns, each a level of the server's query, whose limit is 30 with what a test and the candidates
 * query need themselves.
 */
const MAX_LEVELS = 10;
/** Clauses of one condition's two bounds. Lucene's limit for a request is 1,024 (7.x) or more, by heap (8.x). */
export const MAX_CLAUSES = 4_096;

export function compileBracket(
  condition: Condition,
  fields: IndexFields,
  options: EvaluationOptions,
): Bracket {
  return toBracket(compileBounds(condition, fields, options, MAX_CLAUSES));
}

/** As `compileBracket`; tests beyond the number of clauses are left to the evaluator. */
export function compileBounds(
  condition: Condition,
  fields: IndexFields,
  options: EvaluationOptions,
  clauses: number,
): Bounds {
  const budget = { clauses };
  const context: BracketContext = { fields, evaluation: options };

  function compile(node: Condition, levels: number): Bounds {
    if (isTest(node)) return affordable(compileTest(node, context), budget);
    if (levels === 0) return unbounded('it is nested deeper than the index takes');
    switch (node.kind) {
      case 'and':
        return conjunction(node.terms.map((term) => compile(term, levels - 1)));
      case 'or':
        return disjunction(node.terms.map((term) => compile(term, levels - 1)));
      case 'not':
        return negate(compile(node.term, isTest(node.term) ? levels : levels - 1));
    }
  }

  return compile(condition, MAX_LEVELS);
}

function affordable(bounds: Bounds, budget: { clauses: number }): Bounds {
  const cost = costOf(bounds);
  if (cost > budget.clauses)
    return unbounded('the conditions of this run have more tests than one query takes');
  budget.clauses -= cost;
  return bounds;
}

/** Bounds of one test, negated or not. */
export function compileTest(test: TestNode, context: BracketContext): Bounds {
  if (fieldsOf(test).length === 0) {
    const holds = compileCondition(test, context.evaluation)({ profile: {} }, { mismatches: 0 });
    return holds ? EVERYTHING : NOTHING;
  }
  const bounds = positive(test, context);
  return isNegated(test) ? negate(bounds) : bounds;
}

function positive(test: TestNode, context: BracketContext): Bounds {
  const operand = (node: Parameters<typeof classify>[0]): ReturnType<typeof classify> =>
    classify(node, context);
  switch (test.kind) {
    case 'compare':
      return comparison(context, test.op === '!=' ? '==' : test.op, operand(test.left), operand(test.right));
    case 'in':
      return comparison(context, '==', operand(test.left), operand(test.right));
    case 'between':
      return between(context, operand(test.operand), operand(test.low), operand(test.high));
    case 'contains':
    case 'starts-with':
    case 'ends-with':
      return textTest(context, test.kind, operand(test.left), operand(test.right));
    case 'null':
      return presence(context, test.negated ? 'present' : 'null', operand(test.operand));
    case 'exists':
      return presence(context, 'exists', operand(test.operand));
    case 'empty':
      return presence(context, 'empty', operand(test.operand));
  }
}
