import type { Call, Field, Operand } from '../../../domain/condition/ast.ts';
import { isDateField, type DateFields } from '../../../domain/condition/fields.ts';
import { parseInstant } from '../../../domain/condition/instants.ts';
import { addOffset, parseOffset } from '../../../domain/condition/offsets.ts';

/** What an operand is to a bracket. Instants are epoch milliseconds. */
export type BracketOperand =
  | { readonly kind: 'field'; readonly field: Field; readonly isDate: boolean }
  | { readonly kind: 'membership' }
  | { readonly kind: 'constant'; readonly value: null | boolean | number | string }
  | { readonly kind: 'instant'; readonly at: number }
  | { readonly kind: 'list'; readonly items: readonly BracketOperand[] }
  /** Something that only the evaluator computes. */
  | { readonly kind: 'other' };

export interface BracketOptions {
  /** The slot, epoch milliseconds. */
  readonly now: number;
  readonly segmentsField: string;
  readonly dateFields: DateFields;
}

const OTHER = { kind: 'other' } as const;

export function classify(operand: Operand, options: BracketOptions): BracketOperand {
  switch (operand.kind) {
    case 'field':
      return classifyField(operand, options);
    case 'literal':
      return { kind: 'constant', value: operand.value };
    case 'list':
      return { kind: 'list', items: operand.items.map((item) => classify(item, options)) };
    case 'call':
      return classifyCall(operand, options);
  }
}

function classifyField(field: Field, { segmentsField, dateFields }: BracketOptions): BracketOperand {
  if (field.source !== 'profile' || !field.path.every(isStorable)) return OTHER;
  const [first, ...rest] = field.path;
  if (first?.kind === 'key' && first.key === segmentsField)
    return rest.length === 0 ? { kind: 'membership' } : OTHER;
  return { kind: 'field', field, isDate: isDateField(field, dateFields) };
}

/** SQL text cannot hold U+0000, and UTF-8 no half of a surrogate pair. */
function isStorable(step: Field['path'][number]): boolean {
  return step.kind === 'index' || !/\u0000|\p{Surrogate}/u.test(step.key);
}

/** Calls whose arguments are written in the definition; of fields only the evaluator knows. */
function classifyCall(call: Call, options: BracketOptions): BracketOperand {
  const at = instantOf(call, options.now);
  return at === null || Number.isNaN(at) ? OTHER : { kind: 'instant', at };
}

function instantOf({ name, args }: Call, now: number): number | null {
  const [first, second] = args;
  switch (name) {
    case 'now':
    case 'utcnow':
      return now;
    case 'now.offset':
      return shifted(now, textOf(first), 'utc');
    case 'now.timezone.offset':
      return shifted(now, textOf(second), textOf(first));
    case 'datetime':
      return instantArgument(first, now);
    case 'datetime.offset':
      return shifted(instantArgument(first, now), textOf(second), 'utc');
    case 'datetime.timezone':
    case 'datetime.from_timestamp':
    case 'lowercase':
    case 'uppercase':
      return null;
  }
}

function instantArgument(operand: Operand | undefined, now: number): number | null {
  if (operand?.kind === 'call') return instantOf(operand, now);
  const text = textOf(operand);
  return text === null ? null : parseInstant(text);
}

function shifted(from: number | null, offset: string | null, zone: string | null): number | null {
  const step = offset === null ? null : parseOffset(offset);
  return from === null || step === null || zone === null ? null : addOffset(from, step, zone);
}

function textOf(operand: Operand | undefined): string | null {
  return operand?.kind === 'literal' && typeof operand.value === 'string' ? operand.value : null;
}
