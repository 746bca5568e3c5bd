import type { IToken } from 'chevrotain';
import { ConditionError } from './condition-error.ts';
import { MAX_LIST_ITEMS, MAX_NESTING, MAX_TEXT_LENGTH } from './limits.ts';
import {
  Comma,
  LeftBracket,
  LeftParen,
  positionOf,
  RightBracket,
  RightParen,
  UnclosedString,
} from './tokens.ts';

export function refuseLongText(text: string): void {
  if (text.length <= MAX_TEXT_LENGTH) return;
  throw new ConditionError(
    `the condition is ${text.length} characters long, more than the limit of ${MAX_TEXT_LENGTH}`,
    { line: 1, column: 1, offset: 0, length: 0 },
  );
}

/** Checks on the flat list of tokens what would cost the parser its stack. */
export function refuseHostileTokens(tokens: readonly IToken[]): void {
  const commas: number[] = [];
  for (const token of tokens) {
    switch (token.tokenType) {
      case LeftParen:
      case LeftBracket:
        if (commas.push(0) > MAX_NESTING)
          throw refused(token, `brackets are nested deeper than the limit of ${MAX_NESTING}`);
        break;
      case RightParen:
      case RightBracket:
        commas.pop();
        break;
      case Comma:
        commas.push((commas.pop() ?? 0) + 1);
        if ((commas.at(-1) ?? 0) >= MAX_LIST_ITEMS) {
          throw refused(token, `the list has more values than the limit of ${MAX_LIST_ITEMS}`);
        }
        break;
      case UnclosedString:
        throw refused(
          token,
          `the text that starts with ${token.image.slice(0, 20)} is not closed by ${token.image[0]}`,
        );
    }
  }
}

function refused(token: IToken, message: string): ConditionError {
  return new ConditionError(message, { ...positionOf(token), length: token.image.length });
}
