import type { Condition, Source } from '../../../src/domain/condition/ast.ts';
import { ConditionError } from '../../../src/domain/condition/condition-error.ts';
import { parseCondition } from '../../../src/domain/condition/parse.ts';

const PROFILE: readonly Source[] = ['profile'];

export function parse(text: string, sources = PROFILE): Condition {
  return parseCondition(text, { sources });
}

export function errorOf(text: string, sources = PROFILE): ConditionError {
  try {
    parse(text, sources);
  } catch (error) {
    if (error instanceof ConditionError) return error;
    throw error;
  }
  throw new Error(`"${text}" was read`);
}
