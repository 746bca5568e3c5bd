import type { estypes } from '@elastic/elasticsearch';
import type { BracketRule, ScanRequest } from '../../activities/profile-store.ts';
import type { Condition } from '../../domain/condition/ast.ts';
import { readsSegments } from '../../domain/condition/fields.ts';
import type { IndexState } from './index-state.ts';

type QueryDsl = estypes.QueryDslQueryContainer;

/** `upper` surely contains every match, `lower` surely only matches. */
export interface Bracket {
  readonly upper: QueryDsl;
  readonly lower: QueryDsl;
  readonly reach: 'exact' | 'bounded' | 'full';
  readonly reasons: readonly string[];
}

export type CompileBracket = (condition: Condition) => Bracket;

export interface Candidates {
  readonly query: QueryDsl;
  /** Every profile is a candidate: there is nothing to test. */
  readonly isOpen: boolean;
}

const EVERYTHING: QueryDsl = { match_all: {} };
const NOTHING: QueryDsl = { match_none: {} };

/** What of the profile space a scan offers; the evaluator has the last word on each. */
export function compileCandidates(
  { reach, runId }: Pick<ScanRequest, 'reach' | 'runId'>,
  state: Pick<IndexState, 'membershipField' | 'stampField'>,
  options: { readonly compile: CompileBracket; readonly segmentsField: string },
): Candidates {
  if (reach.kind === 'all') return { query: EVERYTHING, isOpen: true };
  const conditions =
    reach.kind === 'admitted' ? reach.filters : reach.rules.map(({ condition }) => condition);
  const clauses =
    reach.kind === 'admitted'
      ? reach.filters.map((filter) => admitted(filter, options.compile))
      : reach.rules.flatMap((rule) => ruleCandidates(rule, state, options.compile));
  if (clauses.includes(EVERYTHING)) return { query: EVERYTHING, isOpen: true };
  const readsMembership = conditions.some(
    (condition) => condition !== null && readsSegments(condition, options.segmentsField),
  );
  // What this run has written is judged by the membership before it, which only its stamp tells.
  const written =
    readsMembership && state.stampField !== null ? [{ term: { [state.stampField]: runId } }] : [];
  return { query: anyOf([...clauses, ...written]), isOpen: false };
}

function admitted(filter: Condition | null, compile: CompileBracket): QueryDsl {
  if (filter === null) return EVERYTHING;
  const { upper, reach } = compile(filter);
  return reach === 'full' ? EVERYTHING : upper;
}

/** `upper AND NOT in segment`, `in segment AND NOT lower`. */
function ruleCandidates(
  { value, condition, mode }: BracketRule,
  { membershipField }: Pick<IndexState, 'membershipField'>,
  compile: CompileBracket,
): readonly QueryDsl[] {
  const { upper, lower, reach } = compile(condition);
  if (reach === 'full' && mode === 'sync') return [EVERYTHING];
  const isMember: QueryDsl = membershipField === null ? NOTHING : { term: { [membershipField]: value } };
  const entering = { bool: { filter: [upper], must_not: [isMember] } };
  return mode === 'add' ? [entering] : [entering, { bool: { filter: [isMember], must_not: [lower] } }];
}

function anyOf(clauses: readonly QueryDsl[]): QueryDsl {
  return clauses.length === 0 ? NOTHING : { bool: { should: [...clauses], minimum_should_match: 1 } };
}
