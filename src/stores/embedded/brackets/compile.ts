import type { Condition } from '../../../domain/condition/ast.ts';
import { FALSE, TRUE, type Sql } from './sql.ts';

export interface BracketOptions {
  /** The slot, epoch milliseconds. */
  readonly now: number;
  readonly segmentsField: string;
}

/** `lower` surely contains only matches, `upper` surely contains every match. */
export interface Bracket {
  readonly lower: Sql;
  readonly upper: Sql;
}

export interface BracketCompiler {
  compile(condition: Condition): Bracket;
  /** A relation with the columns that the compiled brackets read, made of one with the columns of `profiles`. */
  columns(relation: string): string;
  readsMembership(): boolean;
}

export function createBracketCompiler(_options: BracketOptions): BracketCompiler {
  return {
    compile: () => ({ lower: FALSE, upper: TRUE }),
    columns: (relation) => relation,
    readsMembership: () => true,
  };
}
