import { createToken, Lexer, type CustomPatternMatcherFunc, type IToken, type TokenType } from 'chevrotain';
import type { Position } from './ast.ts';

/** Chevrotain drops the `u` flag of a pattern; as a function the expression keeps it. */
function unicode(expression: RegExp): CustomPatternMatcherFunc {
  const sticky = new RegExp(expression.source, 'uy');
  return (text, offset) => {
    sticky.lastIndex = offset;
    return sticky.exec(text);
  };
}

const Whitespace = createToken({ name: 'Whitespace', pattern: /\s+/, group: Lexer.SKIPPED });

/**
 * A whole field, so that any word can be a key; its path is split by `path.ts`. The lengths are bounded so that
 * no text makes the lexer look twice at the same long stretch.
 */
export const FieldToken = createToken({
  name: 'Field',
  label: 'a field such as profile@stats.visits',
  pattern: unicode(
    /[\p{L}_]{1,40}@(?:[\p{L}\p{M}\p{N}_.-]|\[\s*(?:"(?:[^"\\]|\\[^])*"|'(?:[^'\\]|\\[^])*')\s*\]|\[[^\][()"'\s]{0,80}\])*/u,
  ),
  line_breaks: true,
});

export const Word = createToken({
  name: 'Word',
  label: 'a function such as now()',
  pattern: unicode(/[\p{L}_][\p{L}\p{M}\p{N}_]*(?:\.[\p{L}_][\p{L}\p{M}\p{N}_]*)*/u),
  line_breaks: false,
});

export const NumberToken = createToken({
  name: 'Number',
  label: 'a number',
  pattern: /[+-]?(?:\d+(?:\.\d+)?|\.\d+)(?:[eE][+-]?\d+)?/,
});

export const StringToken = createToken({
  name: 'String',
  label: 'a "text"',
  pattern: unicode(/"(?:[^"\\]|\\[^])*"|'(?:[^'\\]|\\[^])*'/u),
  line_breaks: true,
});

/** Operators of other languages, as one token so that the message can name what they are here. */
const Foreign = createToken({ name: 'Foreign', pattern: /===|!==|<>|=~|&&?|\|\|?|~|!(?!=)/ });

export const Comparison = createToken({
  name: 'Comparison',
  label: '==, !=, <, <=, >, >=',
  pattern: /==|=<|=>|=|!=|<=|>=|<|>/,
});

export const LeftParen = createToken({ name: 'LeftParen', label: '(', pattern: '(' });
export const RightParen = createToken({ name: 'RightParen', label: ')', pattern: ')' });
export const LeftBracket = createToken({ name: 'LeftBracket', label: '[', pattern: '[' });
export const RightBracket = createToken({ name: 'RightBracket', label: ']', pattern: ']' });
export const Comma = createToken({ name: 'Comma', label: ',', pattern: ',' });

export const UnclosedString = createToken({ name: 'UnclosedString', pattern: /["'][^]*/, line_breaks: true });

/** Whatever else: the parser then says what it expected in its place. */
const Unknown = createToken({ name: 'Unknown', pattern: unicode(/[^]/u), line_breaks: true });

function keyword(name: string): TokenType {
  return createToken({ name, label: name, pattern: new RegExp(name, 'i'), longer_alt: Word });
}

export const And = keyword('AND');
export const Or = keyword('OR');
export const Not = keyword('NOT');
export const Between = keyword('BETWEEN');
export const Is = keyword('IS');
export const Null = keyword('NULL');
export const True = keyword('TRUE');
export const False = keyword('FALSE');
export const Exists = keyword('EXISTS');
export const Empty = keyword('EMPTY');
export const Contains = keyword('CONTAINS');
export const Starts = keyword('STARTS');
export const Ends = keyword('ENDS');
export const With = keyword('WITH');
export const In = keyword('IN');

const KEYWORDS = [
  And,
  Or,
  Not,
  Between,
  Is,
  Null,
  True,
  False,
  Exists,
  Empty,
  Contains,
  Starts,
  Ends,
  With,
  In,
];

export const TOKENS: TokenType[] = [
  Whitespace,
  FieldToken,
  ...KEYWORDS,
  Word,
  NumberToken,
  StringToken,
  Foreign,
  Comparison,
  LeftParen,
  RightParen,
  LeftBracket,
  RightBracket,
  Comma,
  UnclosedString,
  Unknown,
];

const lexer = new Lexer(TOKENS, { positionTracking: 'full' });

export function tokenize(text: string): IToken[] {
  return lexer.tokenize(text).tokens;
}

export function positionOf(token: IToken): Position {
  return { line: token.startLine ?? 1, column: token.startColumn ?? 1, offset: token.startOffset };
}
