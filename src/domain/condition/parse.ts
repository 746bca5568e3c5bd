import type { Condition, Position, Source } from './ast.ts';
import { readTokens } from './grammar.ts';
import { refuseHostileTokens, refuseLongText } from './scan.ts';
import { tokenize } from './tokens.ts';

/**
 * Reads a condition that may use these sources. Throws a `ConditionError` with the place of whatever is wrong:
 * syntax, an unknown name, a source that is not available, a date, offset or zone that is none, a limit.
 */
export function parseCondition(text: string, options: { readonly sources: readonly Source[] }): Condition {
  refuseLongText(text);
  const tokens = tokenize(text);
  refuseHostileTokens(tokens);
  return readTokens(tokens, options.sources, endOf(text));
}

function endOf(text: string): Position {
  const lines = text.trimEnd().split('\n');
  return { line: lines.length, column: (lines.at(-1) ?? '').length + 1, offset: text.trimEnd().length };
}
