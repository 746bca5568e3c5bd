import type { Condition, TestNode } from './ast.ts';

export function isTest(condition: Condition): condition is TestNode {
  return condition.kind !== 'and' && condition.kind !== 'or' && condition.kind !== 'not';
}

/** Whether the test is NOT of a positive one; IS NOT NULL is a test of its own. */
export function isNegated(test: TestNode): boolean {
  if (test.kind === 'compare') return test.op === '!=';
  return test.kind !== 'between' && test.kind !== 'null' && test.negated;
}

/** The operator as the user writes it. */
export function operatorOf(test: TestNode): string {
  const not = isNegated(test) ? 'NOT ' : '';
  switch (test.kind) {
    case 'compare':
      return test.op;
    case 'between':
      return 'BETWEEN';
    case 'null':
      return test.negated ? 'IS NOT NULL' : 'IS NULL';
    case 'exists':
    case 'empty':
    case 'contains':
    case 'in':
    case 'starts-with':
    case 'ends-with':
      return not + test.kind.replace('-', ' ').toUpperCase();
  }
}
