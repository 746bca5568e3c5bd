import type { estypes } from '@elastic/elasticsearch';
import type { ScanCost, ScanRequest } from '../../activities/profile-store.ts';
import type { EvaluationOptions } from '../../domain/condition/evaluate.ts';
import type { ConditionPlan } from '../../domain/condition/plan.ts';
import { withBackoff } from './backoff.ts';
import { explainPlan, explainQuery } from './brackets/explain-plan.ts';
import type { IndexFields } from './brackets/index-fields.ts';
import { compileCandidates } from './candidates.ts';
import { readFields, type ScanParts } from './scan.ts';

/** How the index narrows a scan down, and to how many profiles; nothing is refreshed for it. */
export async function explainCost(
  parts: ScanParts,
  { now, reach }: Pick<ScanRequest, 'now' | 'reach'>,
): Promise<ScanCost> {
  const { client, layout, dateFields } = parts;
  const state = await parts.readState();
  const fields = await readFields(parts, state);
  const evaluation = { now, dateFields };
  // No run has written anything yet, so no stamp adds to the candidates.
  const { query } = compileCandidates({ reach, runId: '' }, { fields, evaluation, stampField: null });
  const count = async (asked: estypes.QueryDslQueryContainer): Promise<number> =>
    (await withBackoff(() => client.count({ index: layout.index, query: asked }))).count;
  return {
    profiles: await count({ match_all: {} }),
    candidates: await count(query),
    conditions: plansOf(reach, fields, evaluation),
  };
}

const EVERYTHING: ConditionPlan = { reach: 'full', evaluates: 'every profile', parts: [] };

function plansOf(
  reach: ScanRequest['reach'],
  fields: IndexFields,
  evaluation: EvaluationOptions,
): readonly ConditionPlan[] {
  switch (reach.kind) {
    case 'all':
      return [EVERYTHING];
    case 'admitted':
      return reach.filters.map((filter) =>
        filter === null ? EVERYTHING : explainPlan(filter, fields, evaluation, 'filter'),
      );
    case 'bracketed':
    case 'audit':
      return [
        ...reach.rules.map(({ condition, mode }) => explainPlan(condition, fields, evaluation, mode)),
        ...(reach.queries ?? []).map(explainQuery),
      ];
  }
}
