import type { BracketRule } from '../../../activities/profile-store.ts';
import type { Condition } from '../../../domain/condition/ast.ts';
import type { EvaluationOptions } from '../../../domain/condition/evaluate.ts';
import { costOf, type Bounds } from './bounds.ts';
import { compileBounds, MAX_CLAUSES } from './compile.ts';
import { someValue } from './field-bounds.ts';
import { findFields, type IndexFields } from './index-fields.ts';
import { ALL, and, not, or, toDsl, type Query, type QueryDsl } from './query.ts';

export interface Candidates {
  /** Holds for every profile that may change; the evaluator has the last word on each. */
  readonly query: QueryDsl;
  /** Every profile is a candidate: there is nothing to ask. */
  readonly isOpen: boolean;
}

/**
 * The candidates of one scan: `upper AND NOT in segment` and `in segment AND NOT lower` of each rule, of `mode: add`
 * the first only. All rules share one request's clauses, the costliest give in first.
 */
export function compileRules(
  rules: readonly BracketRule[],
  fields: IndexFields,
  options: EvaluationOptions,
): Candidates {
  const bounds = compileAll(
    rules.map(({ condition }) => condition),
    fields,
    options,
  );
  return toCandidates(or(rules.map((rule, index) => ruleCandidates(rule, bounds[index]!, fields))));
}

/** What the filters of workflow segments may admit; null admits everything. */
export function compileFilters(
  filters: readonly (Condition | null)[],
  fields: IndexFields,
  options: EvaluationOptions,
): Candidates {
  const conditions = filters.flatMap((filter) => filter ?? []);
  if (conditions.length < filters.length) return toCandidates(ALL);
  return toCandidates(or(compileAll(conditions, fields, options).map(({ upper }) => upper)));
}

function toCandidates(query: Query): Candidates {
  return { query: toDsl(query), isOpen: query.kind === 'all' };
}

function ruleCandidates({ value, mode }: BracketRule, { upper, lower }: Bounds, fields: IndexFields): Query {
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
  fields: IndexFields,
  options: EvaluationOptions,
): readonly Bounds[] {
  const clauses = MAX_CLAUSES - MEMBERSHIP_CLAUSES * conditions.length;
  const whole = conditions.map((condition) => compileBounds(condition, fields, options, clauses));
  const share = fairShare(whole.map(costOf), clauses);
  return whole.map((bounds, index) =>
    costOf(bounds) <= share ? bounds : compileBounds(conditions[index]!, fields, options, share),
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
