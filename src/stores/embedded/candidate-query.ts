import type { Condition } from '../../domain/condition/ast.ts';
import { upperOf, type Bracket } from './brackets/bracket.ts';
import { createBracketCompiler } from './brackets/compile.ts';
import type { BracketOptions } from './brackets/operands.ts';
import { any, both, FALSE, not, TRUE, type Sql } from './brackets/sql.ts';

export interface BracketRule {
  readonly value: string;
  readonly condition: Condition;
  readonly mode: 'sync' | 'add';
}

export type Reach =
  | { readonly kind: 'bracketed' | 'audit'; readonly rules: readonly BracketRule[] }
  | { readonly kind: 'admitted'; readonly filters: readonly (Condition | null)[] }
  | { readonly kind: 'all' };

/** What of the profile space a scan offers. */
export interface CandidateQuery {
  readonly reach: Reach['kind'];
  /** Every profile is a candidate: there is nothing to test. */
  readonly isOpen: boolean;
  /**
   * A relation with a column `candidate`, made of one with the columns of `profiles`: true for each profile that
   * may change. The evaluator has the last word on each.
   */
  readonly rows: (relation: string) => string;
  /** Some condition reads the membership, so rows this run has written are offered whatever it is now. */
  readonly readsMembership: boolean;
}

export function compileCandidates(reach: Reach, options: BracketOptions): CandidateQuery {
  const compiler = createBracketCompiler(options);
  const candidate = candidateOf(reach, options, (condition) => compiler.compile(condition));
  const isOpen = candidate === TRUE;
  return {
    reach: reach.kind,
    isOpen,
    rows: (relation) => withCandidate(isOpen ? relation : compiler.columns(relation), candidate),
    readsMembership: compiler.readsMembership(),
  };
}

/**
 * Brackets see only documents that DuckDB reads as JavaScript does; the others are always offered. A volatile
 * term keeps DuckDB from moving a filter on `candidate` below the columns it reads, where it would compute them
 * again for each test: a scan of fifty segments takes half the time.
 */
function withCandidate(relation: string, candidate: Sql): string {
  if (candidate === TRUE) return `(SELECT *, true AS candidate FROM ${relation})`;
  const offered = any(['NOT plain', 'fault IS NOT NULL', candidate]);
  return `(SELECT *, ${offered} AND random() >= 0 AS candidate FROM ${relation})`;
}

type Compile = (condition: Condition) => Bracket;

function candidateOf(reach: Reach, { values }: BracketOptions, compile: Compile): Sql {
  switch (reach.kind) {
    case 'all':
      return TRUE;
    case 'admitted':
      return any(reach.filters.map((filter) => (filter === null ? TRUE : upperOf(compile(filter)))));
    case 'bracketed':
    case 'audit':
      return any(reach.rules.flatMap((rule) => ruleCandidates(rule, values, compile)));
  }
}

/** `upper AND NOT in segment`, `in segment AND NOT lower`: wherever they differ, and wherever one cannot know. */
function ruleCandidates(
  { value, condition, mode }: BracketRule,
  values: BracketOptions['values'],
  compile: Compile,
): readonly Sql[] {
  const bracket = compile(condition);
  const member = `contains(segments, ${values.literalOf(value)})`;
  if (mode === 'add') return [both(upperOf(bracket), not(member))];
  const { matches, doubtful } = bracket;
  if (matches === TRUE) return [doubtful, not(member)];
  return [doubtful, matches === FALSE ? member : `(${matches} <> ${member})`];
}
