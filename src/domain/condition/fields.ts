import type { Condition, Field, Operand, PathStep } from './ast.ts';

/** The profile fields that hold instants: one list for evaluation and for every store. */
export interface DateFields {
  readonly patterns: readonly string[];
  /** Per pattern the test of each of its keys; a last `*` is not among them, it sets `open`. */
  readonly compiled: readonly { readonly keys: readonly RegExp[]; readonly open: boolean }[];
}

/**
 * Compiles patterns such as `metadata.time.*`. A last `*` is any rest of the path, at least one key; a `*`
 * elsewhere stands for characters of one key.
 */
export function toDateFields(patterns: readonly string[]): DateFields {
  const compiled = patterns.map((pattern) => {
    const keys = pattern.split('.');
    const open = keys.at(-1) === '*';
    return { keys: (open ? keys.slice(0, -1) : keys).map(keyTest), open };
  });
  return { patterns, compiled };
}

function keyTest(key: string): RegExp {
  const literals = key.split('*').map((part) => part.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&'));
  return new RegExp(`^${literals.join('.*')}$`, 'su');
}

/** An index picks from a list and names nothing, so patterns do not see it. */
export function isDateField({ source, path }: Field, { compiled }: DateFields): boolean {
  if (source !== 'profile') return false;
  const keys = path.flatMap((step) => (step.kind === 'key' ? [step.key] : []));
  return compiled.some(
    (pattern) =>
      (pattern.open ? keys.length > pattern.keys.length : keys.length === pattern.keys.length) &&
      pattern.keys.every((test, index) => test.test(keys[index] ?? '')),
  );
}

/** Every field that the condition reads, in the order of the text. */
export function fieldsOf(condition: Condition): readonly Field[] {
  switch (condition.kind) {
    case 'and':
    case 'or':
      return condition.terms.flatMap(fieldsOf);
    case 'not':
      return fieldsOf(condition.term);
    case 'between':
      return [condition.operand, condition.low, condition.high].flatMap(fieldsOfOperand);
    case 'null':
    case 'exists':
    case 'empty':
      return fieldsOfOperand(condition.operand);
    case 'compare':
    case 'contains':
    case 'starts-with':
    case 'ends-with':
    case 'in':
      return [condition.left, condition.right].flatMap(fieldsOfOperand);
  }
}

function fieldsOfOperand(operand: Operand): readonly Field[] {
  switch (operand.kind) {
    case 'field':
      return [operand];
    case 'literal':
      return [];
    case 'list':
      return operand.items.flatMap(fieldsOfOperand);
    case 'call':
      return operand.args.flatMap(fieldsOfOperand);
  }
}

/** Whether the condition looks at the membership; `segmentsField` is a key of the profile itself. */
export function readsSegments(condition: Condition, segmentsField: string): boolean {
  return fieldsOf(condition).some(
    ({ source, path: [first] }) => source === 'profile' && names(first, segmentsField),
  );
}

function names(step: PathStep | undefined, key: string): boolean {
  return step?.kind === 'key' && step.key === key;
}
