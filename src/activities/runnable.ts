import { compileCondition, type EvaluationOptions } from '../domain/condition/evaluate.ts';
import type { Condition } from '../domain/condition/ast.ts';
import type { Definition } from '../domain/definition.ts';
import { filterOfGraph } from '../domain/flow/flow-filter.ts';
import { mapConditions, type ParsedGraph } from '../domain/flow/graph.ts';
import { inOrder, type WorkflowRule } from '../domain/flow/workflow-rule.ts';
import type { ConditionRule } from '../domain/membership.ts';
import type { LiveSegment } from '../domain/segment.ts';
import type { BracketRule } from './profile-store.ts';

/** A definition of a form that this version computes. */
export type RunnableDefinition = Definition & { readonly segment: LiveSegment };

export function isRunnable(definition: Definition): definition is RunnableDefinition {
  const { segment, graph } = definition;
  return segment.kind === 'live' && (segment.condition !== undefined || graph !== null);
}

interface ConditionDefinition {
  readonly segment: LiveSegment;
  readonly condition: Condition;
}

function conditionDefinitions(definitions: readonly Definition[]): readonly ConditionDefinition[] {
  return definitions.flatMap(({ segment, conditions: { condition } }) =>
    segment.kind === 'live' && condition !== null ? [{ segment, condition }] : [],
  );
}

type WorkflowDefinition = RunnableDefinition & { readonly graph: ParsedGraph };

function workflowDefinitions(definitions: readonly Definition[]): readonly WorkflowDefinition[] {
  return definitions
    .filter(isRunnable)
    .filter((definition): definition is WorkflowDefinition => definition.graph !== null);
}

function valueOf(segment: LiveSegment): string {
  return segment.value ?? segment.id;
}

export function bracketRulesOf(definitions: readonly Definition[]): readonly BracketRule[] {
  return conditionDefinitions(definitions).map(({ segment, condition }) => ({
    value: valueOf(segment),
    condition,
    mode: segment.mode,
  }));
}

/** What the workflow segments admit, a flow by what its first nodes ask; null admits everything. */
export function filtersOf(definitions: readonly Definition[]): readonly (Condition | null)[] {
  return workflowDefinitions(definitions).map(({ segment, conditions, graph }) =>
    segment.flow === undefined ? conditions.filter : filterOfGraph(graph),
  );
}

/** Every condition of the workflow segments; null when one is a flow, whose nodes read what they please. */
export function readsOf(definitions: readonly Definition[]): readonly Condition[] | null {
  const workflows = workflowDefinitions(definitions);
  if (workflows.some(({ segment }) => segment.workflow === undefined)) return null;
  return workflows.flatMap(({ conditions: { filter, steps } }) =>
    [filter, ...steps.map((step) => step.when)].flatMap((condition) => condition ?? []),
  );
}

export function conditionRulesOf(
  definitions: readonly Definition[],
  options: EvaluationOptions,
): readonly ConditionRule[] {
  return conditionDefinitions(definitions).map(({ segment, condition }) => ({
    kind: 'condition',
    id: segment.id,
    value: valueOf(segment),
    mode: segment.mode,
    matches: compileCondition(condition, options),
    tally: { mismatches: 0 },
  }));
}

export function workflowRulesOf(
  definitions: readonly Definition[],
  options: EvaluationOptions,
): readonly WorkflowRule[] {
  return inOrder(
    workflowDefinitions(definitions).map(({ segment, graph }) => ({
      kind: 'workflow',
      id: segment.id,
      order: segment.order,
      graph: mapConditions(graph, (condition) => compileCondition(condition, options)),
      tally: { mismatches: 0 },
    })),
  );
}

/** The values of each segment, in the order of the definitions given. */
export function valueSetsOf(
  definitions: readonly Definition[],
): readonly { readonly id: string; readonly values: readonly string[] }[] {
  return definitions.filter(isRunnable).map(({ segment, values }) => ({ id: segment.id, values }));
}
