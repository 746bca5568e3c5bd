import type { Condition, Operand } from '../../../domain/condition/ast.ts';
import { readsSegments } from '../../../domain/condition/fields.ts';
import { conjunction, disjunction, negate, type Bracket } from './bracket.ts';
import { compareTest, betweenTest } from './compare-tests.ts';
import { createExtraction, type Extraction } from './extraction.ts';
import { classify, type BracketOperand, type BracketOptions } from './operands.ts';
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
      case 'between':
      case 'null':
      case 'exists':
      case 'empty':
      case 'contains':
      case 'starts-with':
      case 'ends-with':
      case 'in':
        return compileTest(condition, extraction, (node) => classify(node, options));
    }
  }

  return {
    compile,
    columns: (relation) => extraction.columns(relation),
    readsMembership: () => readsMembership,
  };
}

type Test = Exclude<Condition, { readonly kind: 'and' | 'or' | 'not' }>;

function compileTest(
  test: Test,
  extraction: Extraction,
  operand: (node: Operand) => BracketOperand,
): Bracket {
  switch (test.kind) {
    case 'compare':
      return compareTest(extraction, test.op, operand(test.left), operand(test.right));
    case 'between':
      return betweenTest(extraction, operand(test.operand), operand(test.low), operand(test.high));
    case 'null':
      return nullTest(extraction, operand(test.operand), test.negated);
    case 'exists':
      return signed(existsTest(extraction, operand(test.operand)), test.negated);
    case 'empty':
      return signed(emptyTest(extraction, operand(test.operand)), test.negated);
    case 'contains':
      return signed(containsTest(extraction, operand(test.left), operand(test.right)), test.negated);
    case 'starts-with':
      return signed(
        partTest(extraction, 'starts_with', operand(test.left), operand(test.right)),
        test.negated,
      );
    case 'ends-with':
      return signed(partTest(extraction, 'ends_with', operand(test.left), operand(test.right)), test.negated);
    case 'in':
      return signed(inTest(extraction, operand(test.left), operand(test.right)), test.negated);
  }
}

function signed(bracket: Bracket, negated: boolean): Bracket {
  return negated ? negate(bracket) : bracket;
}
