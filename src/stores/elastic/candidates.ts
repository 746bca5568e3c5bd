import type { ScanRequest } from '../../activities/profile-store.ts';
import type { Condition } from '../../domain/condition/ast.ts';
import type { EvaluationOptions } from '../../domain/condition/evaluate.ts';
import { readsSegments } from '../../domain/condition/fields.ts';
import { compileFilters, compileRules, type Candidates } from './brackets/candidates.ts';
import type { IndexFields } from './brackets/index-fields.ts';

export interface CandidateOptions {
  readonly fields: IndexFields;
  readonly evaluation: EvaluationOptions;
  /** The keyword field of the stamp's run; null while nothing maps it. */
  readonly stampField: string | null;
}

/** What of the profile space a scan offers; the evaluator has the last word on each. */
export function compileCandidates(
  { reach, runId }: Pick<ScanRequest, 'reach' | 'runId'>,
  { fields, evaluation, stampField }: CandidateOptions,
): Candidates {
  if (reach.kind === 'all') return { query: { match_all: {} }, isOpen: true };
  const conditions =
    reach.kind === 'admitted' ? reach.filters : reach.rules.map(({ condition }) => condition);
  const candidates =
    reach.kind === 'admitted'
      ? compileFilters(reach.filters, fields, evaluation)
      : compileRules(reach.rules, reach.queries ?? [], { fields, evaluation });
  if (candidates.isOpen || stampField === null || !readMembership(conditions, fields)) return candidates;
  // What this run has written is judged by the membership before it, which only its stamp tells.
  const written = { term: { [stampField]: runId } };
  return { query: { bool: { should: [candidates.query, written], minimum_should_match: 1 } }, isOpen: false };
}

function readMembership(conditions: readonly (Condition | null)[], { segmentsField }: IndexFields): boolean {
  return conditions.some((condition) => condition !== null && readsSegments(condition, segmentsField));
}
