import type { Condition } from '../../domain/condition/ast.ts';
import { createBracketCompiler } from './brackets/compile.ts';
import type { BracketOptions } from './brackets/operands.ts';
import { all, any, both, FALSE, not, TRUE, type Sql } from './brackets/sql.ts';
import { quote } from './rows.ts';
import { needleOf } from './segment-text.ts';

export interface BracketRule {
  readonly value: string;
  readonly condition: Condition;
  readonly mode: 'sync' | 'add';
}

export type Reach =
  | { readonly kind: 'bracketed' | 'audit'; readonly rules: readonly BracketRule[] }
  | { readonly kind: 'admitted'; readonly filters: readonly (Condition | null)[] }
  | { readonly kind: 'all' };

/** What of the profile space a scan offers, as SQL over the `profiles` columns. */
export interface CandidateQuery {
  readonly reach: Reach['kind'];
  /** Columns computed once per row, which `candidate` reads. */
  readonly columns: (relation: string) => string;
  /** True for every profile that may change; the evaluator has the last word on each. */
  readonly candidate: Sql;
  /** Some condition reads the membership, so rows this run has written are offered whatever it is now. */
  readonly readsMembership: boolean;
}

export function compileCandidates(reach: Reach, options: BracketOptions): CandidateQuery {
  const compiler = createBracketCompiler(options);
  const candidate = candidateOf(reach, (condition) => compiler.compile(condition));
  return {
    reach: reach.kind,
    columns: candidate === TRUE ? (relation) => relation : compiler.columns,
    candidate,
    readsMembership: compiler.readsMembership(),
  };
}

type Compile = (condition: Condition) => { readonly lower: Sql; readonly upper: Sql };

function candidateOf(reach: Reach, compile: Compile): Sql {
  switch (reach.kind) {
    case 'all':
      return TRUE;
    case 'admitted':
      return offered(any(reach.filters.map((filter) => (filter === null ? TRUE : compile(filter).upper))));
    case 'bracketed':
    case 'audit':
      return offered(any(reach.rules.map((rule) => ruleCandidate(rule, compile))));
  }
}

function ruleCandidate({ value, condition, mode }: BracketRule, compile: Compile): Sql {
  const { lower, upper } = compile(condition);
  const member = isMember(value);
  const entering = both(upper, not(member));
  if (mode === 'add') return entering;
  if (lower === upper && lower !== TRUE && lower !== FALSE) return `(${upper} <> ${member})`;
  return any([entering, both(member, not(lower))]);
}

/** The needle has line breaks only at its ends; a literal of it is exact. */
function isMember(value: string): Sql {
  return `contains(segments, ${quote(needleOf(value))})`;
}

/** Brackets see only documents that DuckDB reads as JavaScript does. */
function offered(candidate: Sql): Sql {
  if (candidate === TRUE) return TRUE;
  return all([any(['NOT plain', 'fault IS NOT NULL', candidate])]);
}
