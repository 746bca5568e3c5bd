import type { ProfileStore, ScanRequest } from '../activities/profile-store.ts';
import { leaveOutRefused } from '../activities/refused-queries.ts';
import {
  bracketRulesOf,
  filtersOf,
  isRunnable,
  queryRulesOf,
  type RunnableDefinition,
} from '../activities/runnable.ts';
import { checkDefinitions, describe } from '../domain/definition-set.ts';
import type { DefinitionSource } from '../domain/definition.ts';
import { InvalidSegment, UserError } from '../domain/errors.ts';
import type { StoreForms } from '../domain/store-forms.ts';
import type { ExplainedPlan } from './operations.ts';

/** What a run of one segment, and of no other, costs now. Throws a UserError where the profile store cannot tell. */
export async function explainSegmentPlan(
  { profiles, now }: { readonly profiles: ProfileStore; readonly now: () => Date },
  definition: RunnableDefinition,
): Promise<ExplainedPlan> {
  if (profiles.explainCost === undefined)
    throw new UserError(
      'The profile store is the embedded one, which reads all documents in one pass of SQL and evaluates those that its brackets leave open: no index decides anything, so there is no plan to explain. With ELASTIC_HOST set, explain-plan shows what the index decides by itself.',
    );
  const slot = now();
  const { id } = definition.segment;
  const due = { definitions: [definition], retired: [] };
  await leaveOutRefused(profiles, { due, leftOut: [] }, { segmentIds: [id] });
  const { where, reach } = scanOf(definition);
  const { conditions, ...counted } = await profiles.explainCost({ now: slot.getTime(), reach });
  return {
    id,
    slot: slot.toISOString(),
    ...counted,
    conditions: conditions.map((plan) => ({ where, ...plan })),
  };
}

function scanOf(definition: RunnableDefinition): {
  readonly where: ExplainedPlan['conditions'][number]['where'];
  readonly reach: ScanRequest['reach'];
} {
  const rules = bracketRulesOf([definition]);
  if (rules.length > 0) return { where: 'condition', reach: { kind: 'bracketed', rules } };
  const queries = queryRulesOf([definition]);
  if (queries.length > 0) return { where: 'query', reach: { kind: 'bracketed', rules, queries } };
  return { where: 'filter', reach: { kind: 'admitted', filters: filtersOf([definition]) } };
}

/** A definition by itself, whatever others there are. Throws an InvalidSegment that says why it cannot run. */
export function loadRunnable(source: DefinitionSource, forms: StoreForms): RunnableDefinition {
  const { definitions, problems } = checkDefinitions([source], forms);
  const [definition] = definitions;
  if (definition === undefined) throw new InvalidSegment(problems.map(describe).join('\n'));
  if (isRunnable(definition)) return definition;
  throw new InvalidSegment(`${source.file}: its kind is not scheduled by this version.`);
}
