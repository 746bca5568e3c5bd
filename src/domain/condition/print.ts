import type { Condition, Field, Operand, PathStep, TestNode } from './ast.ts';
import { isTest, operatorOf } from './test-nodes.ts';

/** The condition as text that reads back to itself. */
export function printCondition(condition: Condition): string {
  switch (condition.kind) {
    case 'and':
      return condition.terms
        .map((term) => (term.kind === 'or' ? grouped(term) : printCondition(term)))
        .join(' AND ');
    case 'or':
      return condition.terms.map(printCondition).join(' OR ');
    case 'not':
      return `NOT ${isTest(condition.term) ? printCondition(condition.term) : grouped(condition.term)}`;
    case 'between':
      return `${printLeft(condition)} BETWEEN ${printOperand(condition.low)} AND ${printOperand(condition.high)}`;
    case 'null':
    case 'exists':
    case 'empty':
      return `${printLeft(condition)} ${operatorOf(condition)}`;
    case 'compare':
    case 'contains':
    case 'starts-with':
    case 'ends-with':
    case 'in':
      return `${printLeft(condition)} ${operatorOf(condition)} ${printOperand(condition.right)}`;
  }
}

function grouped(condition: Condition): string {
  return `(${printCondition(condition)})`;
}

function printLeft(test: TestNode): string {
  return printOperand('operand' in test ? test.operand : test.left);
}

export function printOperand(operand: Operand): string {
  switch (operand.kind) {
    case 'field':
      return printField(operand);
    case 'literal':
      return typeof operand.value === 'string'
        ? printText(operand.value)
        : String(operand.value).toUpperCase();
    case 'list':
      return `[${operand.items.map(printOperand).join(', ')}]`;
    case 'call':
      return `${operand.name}(${operand.args.map(printOperand).join(', ')})`;
  }
}

function printField({ source, path }: Field): string {
  return `${source}@${path.map(printStep).join('').replace(/^\./, '')}`;
}

function printStep(step: PathStep): string {
  if (step.kind === 'index') return `.${step.index}`;
  const plain = /^[\p{L}\p{M}\p{N}_-]+$/u.test(step.key) && !/^(?:0|[1-9]\d*)$/.test(step.key);
  return plain ? `.${step.key}` : `[${printText(step.key)}]`;
}

/** Only what the grammar has an escape for is escaped; the rest stands as it is. */
function printText(text: string): string {
  const escaped = text.replace(/["\\]/g, '\\$&').replace(/\n/g, '\\n').replace(/\t/g, '\\t');
  return `"${escaped}"`;
}
