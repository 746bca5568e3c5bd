import type { Operand } from './ast.ts';

/** What is known of an operand's value before any document is read. */
export type StaticType = 'null' | 'boolean' | 'number' | 'text' | 'instant' | 'list' | 'unknown';

export function staticTypeOf(operand: Operand): StaticType {
  switch (operand.kind) {
    case 'field':
      return 'unknown';
    case 'list':
      return 'list';
    case 'call':
      return operand.name === 'lowercase' || operand.name === 'uppercase' ? 'text' : 'instant';
    case 'literal':
      return typeOfLiteral(operand.value);
  }
}

function typeOfLiteral(value: null | boolean | number | string): StaticType {
  if (value === null) return 'null';
  if (typeof value === 'string') return 'text';
  return typeof value === 'number' ? 'number' : 'boolean';
}
