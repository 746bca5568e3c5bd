import type { ProfileStore } from '../activities/profile-store.ts';
import { bracketRulesOf, filtersOf, type RunnableDefinition } from '../activities/runnable.ts';
import { UserError } from '../domain/errors.ts';
import type { ExplainedPlan } from './operations.ts';

/** What a run of one segment, and of no other, costs now. Throws a UserError where the profile store cannot tell. */
export async function explainSegmentPlan(
  { profiles, now }: { readonly profiles: ProfileStore; readonly now: () => Date },
  definition: RunnableDefinition,
): Promise<ExplainedPlan> {
  if (profiles.explainCost === undefined)
    throw new UserError(
      'The profile store is the embedded one, which reads every profile in each run: there is no plan to explain. With ELASTIC_HOST set, explain-plan shows what the index decides by itself.',
    );
  const slot = now();
  const rules = bracketRulesOf([definition]);
  const where = rules.length > 0 ? 'condition' : 'filter';
  const { conditions, ...counted } = await profiles.explainCost({
    now: slot.getTime(),
    reach:
      where === 'condition'
        ? { kind: 'bracketed', rules }
        : { kind: 'admitted', filters: filtersOf([definition]) },
  });
  return {
    id: definition.segment.id,
    slot: slot.toISOString(),
    ...counted,
    conditions: conditions.map((plan) => ({ where, ...plan })),
  };
}
