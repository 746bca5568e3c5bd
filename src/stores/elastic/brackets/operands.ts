import type { Field, Operand } from '../../../domain/condition/ast.ts';
import { compileOperand, toInstant, type CompiledOperand } from '../../../domain/condition/operands.ts';
import type { EvaluationOptions } from '../../../domain/condition/evaluate.ts';
import type { Constant } from '../../../domain/condition/values.ts';
import { findFields, type Found, type IndexFields } from './index-fields.ts';

export interface BracketContext {
  readonly fields: IndexFields;
  readonly evaluation: EvaluationOptions;
}

/** What an operand is to a bracket; constants are computed as the evaluator computes them. */
export type BracketOperand =
  | { readonly kind: 'constant'; readonly value: Constant }
  | { readonly kind: 'list'; readonly items: readonly BracketOperand[] }
  | FieldOperand
  /** Another document's field. */
  | { readonly kind: 'foreign' };

export interface FieldOperand {
  readonly kind: 'field';
  readonly found: readonly Found[];
  /** What the values are: as they are, instants of a declared date field, instants by `datetime()`, or computed. */
  readonly values: 'plain' | 'dated' | 'instants' | 'computed';
  /** It is the profile's membership: a list of texts in every document that is evaluated. */
  readonly isMembership: boolean;
  /** A key step may enter a list of objects, so that several values are reached. */
  readonly mayBranch: boolean;
}

export function classify(operand: Operand, context: BracketContext): BracketOperand {
  return ofCompiled(compileOperand(operand, context.evaluation), context);
}

function ofCompiled(operand: CompiledOperand, context: BracketContext): BracketOperand {
  switch (operand.kind) {
    case 'constant':
      return operand;
    case 'list':
      return { kind: 'list', items: operand.items.map((item) => ofCompiled(item, context)) };
    case 'dynamic': {
      const { field, convert, dated } = operand;
      if (field.source !== 'profile') return { kind: 'foreign' };
      return {
        kind: 'field',
        found: findFields(context.fields, field.path),
        values:
          convert === null ? (dated ? 'dated' : 'plain') : convert === toInstant ? 'instants' : 'computed',
        isMembership: isMembership(field, context.fields),
        mayBranch: field.path.length > 1,
      };
    }
  }
}

function isMembership({ path: [first, ...rest] }: Field, { segmentsField }: IndexFields): boolean {
  return first?.kind === 'key' && first.key === segmentsField && rest.length === 0;
}
