import type { Field, Operand } from '../../../domain/condition/ast.ts';
import type { DateFields } from '../../../domain/condition/fields.ts';
import { compileOperand, type CompiledOperand } from '../../../domain/condition/operands.ts';
import type { Sql } from './sql.ts';
import type { ValueCodes } from '../value-codes.ts';
import { Instant } from '../../../domain/condition/values.ts';

export interface BracketOptions {
  /** The slot, epoch milliseconds. */
  readonly now: number;
  readonly dateFields: DateFields;
  readonly segmentsField: string;
  readonly values: Pick<ValueCodes, 'literalOf'>;
}

/** What an operand is to a bracket; constants are computed as the evaluator computes them. */
export type BracketOperand =
  | { readonly kind: 'field'; readonly field: Field; readonly isDate: boolean }
  | { readonly kind: 'membership'; readonly literalOf: (value: string) => Sql }
  | { readonly kind: 'constant'; readonly value: null | boolean | number | string }
  /** Epoch milliseconds. */
  | { readonly kind: 'instant'; readonly at: number }
  | { readonly kind: 'list'; readonly items: readonly BracketOperand[] }
  /** Something that only the evaluator computes. */
  | { readonly kind: 'other' };

export function classify(operand: Operand, options: BracketOptions): BracketOperand {
  return toBracketOperand(compileOperand(operand, options), options);
}

function toBracketOperand(operand: CompiledOperand, options: BracketOptions): BracketOperand {
  switch (operand.kind) {
    case 'constant':
      return operand.value instanceof Instant
        ? { kind: 'instant', at: operand.value.epochMs }
        : { kind: 'constant', value: operand.value };
    case 'list':
      return { kind: 'list', items: operand.items.map((item) => toBracketOperand(item, options)) };
    case 'dynamic':
      return operand.convert === null
        ? toFieldOperand(operand.field, operand.dated, options)
        : { kind: 'other' };
  }
}

function toFieldOperand(
  field: Field,
  isDate: boolean,
  { segmentsField, values }: BracketOptions,
): BracketOperand {
  if (field.source !== 'profile' || !field.path.every(isStorable)) return { kind: 'other' };
  const [first, ...rest] = field.path;
  if (first?.kind !== 'key' || first.key !== segmentsField) return { kind: 'field', field, isDate };
  return rest.length === 0 ? { kind: 'membership', literalOf: values.literalOf } : { kind: 'other' };
}

/** SQL text cannot hold U+0000, and UTF-8 no half of a surrogate pair. */
function isStorable(step: Field['path'][number]): boolean {
  return step.kind === 'index' || !(step.key.includes('\u0000') || /\p{Surrogate}/u.test(step.key));
}
