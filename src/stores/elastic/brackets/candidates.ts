import type { BracketRule, QueryRule } from '../../../activities/profile-store.ts';
import type { Condition } from '../../../domain/condition/ast.ts';
import type { EvaluationOptions } from '../../../domain/condition/evaluate.ts';
import { queryDsl } from '../query-rules.ts';
import { costOf, exactly, type Bounds } from './bounds.ts';
import { compileBounds, MAX_CLAUSES } from './compile.ts';
import { someValue } from './field-bounds.ts';
import { findFields, type IndexFields } from './index-fields.ts';
import { ALL, and, leaf, not, or, toDsl, type Query, type QueryDsl } from './query.ts';

export interface Candidates {
  /** Holds for every profile that may change; the evaluator has the last word on each. */
  readonly query: QueryDsl;
  /** Every profile is a candidate: there is nothing to ask. */
  readonly isOpen: boolean;
}

/**
 * The candidates of one scan: `upper AND NOT in segment` and `in segment AND NOT lower` of each rule, of `mode: add`
 * the first only. All rules share one request's clauses, the costliest give in first; queries are the server's own,
 * exact, and give in to nothing.
 */
export function compileRules(
  rules: readonly BracketRule[],
  queries: readonly QueryRule[],
  { fields, evaluation }: { readonly fields: IndexFields; readonly evaluation: EvaluationOptions },
): Candidates {
  const asked = queries.map((rule) => ({ rule, bounds: exactly(queryLeaf(rule.query)) }));
  // Each query stands in the request once more, by its name.
  const taken = asked.reduce((sum, { bounds }) => sum + 1.5 * costOf(bounds) + MEMBERSHIP_CLAUSES, 0);
  const conditions = rules.map(({ condition }) => condition);
  const bounds = compileAll(conditions, { fields, evaluation, clauses: MAX_CLAUSES - taken });
  return toCandidates(
    or([
      ...rules.map((rule, index) => ruleCandidates(rule, bounds[index]!, fields)),
      ...asked.map((each) => ruleCandidates(each.rule, each.bounds, fields)),
    ]),
  );
}

/** A term is a clause; how many more a wildcard or a term without a field unfolds to, only the server knows. */
function queryLeaf(query: string): Query {
  return leaf(queryDsl(query), query.split(/\s+/).length);
}

/** What the filters of workflow segments may admit; null admits everything. */
export function compileFilters(
  filters: readonly (Condition | null)[],
  fields: IndexFields,
  options: EvaluationOptions,
): Candidates {
  const conditions = filters.flatMap((filter) => filter ?? []);
  if (conditions.length < filters.length) return toCandidates(ALL);
  return toCandidates(
    or(
      compileAll(conditions, { fields, evaluation: options, clauses: MAX_CLAUSES }).map(({ upper }) => upper),
    ),
  );
}

function toCandidates(query: Query): Candidates {
  return { query: toDsl(query), isOpen: query.kind === 'all' };
}

function ruleCandidates(
  { value, mode }: Pick<BracketRule, 'value' | 'mode'>,
  { upper, lower }: Bounds,
  fields: IndexFields,
): Query {
  const member = membershipOf(value, fields);
  const entering = and([upper, not(member.lower)]);
  if (mode === 'add') return entering;
  if (upper.kind === 'all' && lower.kind === 'none') return ALL;
  return or([entering, and([member.upper, not(lower)])]);
}

/** Whether the value is in the membership, as surely as its field's mapping tells. */
function membershipOf(value: string, fields: IndexFields): Bounds {
  const found = findFields(fields, [{ kind: 'key', key: fields.segmentsField }]);
  return someValue(found, [{ kind: 'text', test: { kind: 'equals', texts: [value] } }], true);
}

/** Two clauses of each rule ask for the membership, twice. */
const MEMBERSHIP_CLAUSES = 4;

function compileAll(
  conditions: readonly Condition[],
  {
    fields,
    evaluation,
    clauses: given,
  }: { readonly fields: IndexFields; readonly evaluation: EvaluationOptions; readonly clauses: number },
): readonly Bounds[] {
  const clauses = given - MEMBERSHIP_CLAUSES * conditions.length;
  const whole = conditions.map((condition) => compileBounds(condition, fields, evaluation, clauses));
  const share = fairShare(whole.map(costOf), clauses);
  return whole.map((bounds, index) =>
    costOf(bounds) <= share ? bounds : compileBounds(conditions[index]!, fields, evaluation, share),
  );
}

/** The largest cost that each may have so that all together keep to the limit. */
function fairShare(costs: readonly number[], limit: number): number {
  let left = Math.max(0, limit);
  const ascending = costs.toSorted((a, b) => a - b);
  for (const [index, cost] of ascending.entries()) {
    const share = Math.floor(left / (ascending.length - index));
    if (cost > share) return share;
    left -= cost;
  }
  return Infinity;
}
