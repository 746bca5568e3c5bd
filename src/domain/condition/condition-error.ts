import type { Position } from './ast.ts';

/** The part of the text that an error speaks of. */
export interface Span extends Position {
  readonly length: number;
}

/** A condition that cannot be read. Line and column count from 1 and belong to the condition's own text. */
export class ConditionError extends Error {
  override readonly name = 'ConditionError';
  readonly line: number;
  readonly column: number;
  readonly offset: number;
  readonly length: number;

  constructor(message: string, { line, column, offset, length }: Span) {
    super(message);
    this.line = line;
    this.column = column;
    this.offset = offset;
    this.length = length;
  }
}

/** Where `index` of a token's text stands; the token itself starts at `start` and may hold line breaks. */
export function spanIn(start: Position, text: string, index: number, length: number): Span {
  const lines = text.slice(0, index).split('\n');
  const last = lines.at(-1) ?? '';
  const offset = start.offset + index;
  if (lines.length === 1) return { line: start.line, column: start.column + index, offset, length };
  return { line: start.line + lines.length - 1, column: last.length + 1, offset, length };
}
