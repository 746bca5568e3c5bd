import type { Condition, Operand } from '../../../domain/condition/ast.ts';
import { readsSegments } from '../../../domain/condition/fields.ts';
import { conjunction, disjunction, negate, type Bracket } from './bracket.ts';
import { compareTest, betweenTest } from './compare-tests.ts';
import { createExtraction } from './extraction.ts';
import { classify, type BracketOptions } from './operands.ts';
import { emptyTest, existsTest, nullTest } from './presence-tests.ts';
import { containsTest, inTest, partTest } from './text-tests.ts';

export interface BracketCompiler {
  compile(condition: Condition): Bracket;
  /** A relation with the columns that the compiled brackets read, made of one with the columns of `profiles`. */
  columns(relation: string): string;
  readsMembership(): boolean;
}

/** Compiles conditions that are tested on the same rows; they share what they read of a document. */
export function createBracketCompiler(options: BracketOptions): BracketCompiler {
  const extraction = createExtraction();
  let readsMembership = false;

  const operand = (node: Operand) => classify(node, options);

  function compile(condition: Condition): Bracket {
    readsMembership ||= readsSegments(condition, options.segmentsField);
    return compileNode(condition);
  }

  function compileNode(condition: Condition): Bracket {
    switch (condition.kind) {
      case 'and':
        return conjunction(condition.terms.map(compileNode));
      case 'or':
        return disjunction(condition.terms.map(compileNode));
      case 'not':
        return negate(compileNode(condition.term));
      case 'compare':
        return compareTest(extraction, condition.op, operand(condition.left), operand(condition.right));
      case 'between':
        return betweenTest(
          extraction,
          operand(condition.operand),
          operand(condition.low),
          operand(condition.high),
        );
      case 'null':
        return nullTest(extraction, operand(condition.operand), condition.negated);
      case 'exists':
        return signed(existsTest(extraction, operand(condition.operand)), condition.negated);
      case 'empty':
        return signed(emptyTest(extraction, operand(condition.operand)), condition.negated);
      case 'contains':
        return signed(
          containsTest(extraction, operand(condition.left), operand(condition.right)),
          condition.negated,
        );
      case 'starts-with':
      case 'ends-with': {
        const [left, right] = [operand(condition.left), operand(condition.right)];
        const test = condition.kind === 'starts-with' ? 'starts_with' : 'ends_with';
        return signed(partTest(extraction, test, left, right), condition.negated);
      }
      case 'in':
        return signed(
          inTest(extraction, operand(condition.left), operand(condition.right)),
          condition.negated,
        );
    }
  }

  return { compile, columns: extraction.columns, readsMembership: () => readsMembership };
}

function signed(bracket: Bracket, negated: boolean): Bracket {
  return negated ? negate(bracket) : bracket;
}
