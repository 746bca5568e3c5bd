import { compileCondition, type EvaluationOptions } from '../domain/condition/evaluate.ts';
import type { Condition } from '../domain/condition/ast.ts';
import type { Definition } from '../domain/definition.ts';
import { filterOfGraph } from '../domain/flow/flow-filter.ts';
import { mapConditions, type ParsedGraph } from '../domain/flow/graph.ts';
import { inOrder, type WorkflowRule } from '../domain/flow/workflow-rule.ts';
import type { ConditionRule } from '../domain/membership.ts';
import type { LiveSegment } from '../domain/segment.ts';
import type { BracketRule, QueryRule } from './profile-store.ts';

/** A definition of a form that this version computes. */
export type RunnableDefinition = Definition & { readonly segment: LiveSegment };

export function isRunnable(definition: Definition): definition is RunnableDefinition {
  const { segment, graph } = definition;
  return (
    segment.kind === 'live' &&
    (segment.condition !== undefined || segment.query !== undefined || graph !== null)
  );
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

export function queryRulesOf(definitions: readonly Definition[]): readonly QueryRule[] {
  return definitions.flatMap(({ segment }) =>
    segment.kind === 'live' && segment.query !== undefined
      ? [{ value: valueOf(segment), query: segment.query, mode: segment.mode }]
      : [],
  );
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
  return definitions.filter(isRunnable).flatMap(({ segment, conditions: { condition } }): ConditionRule[] => {
    const { id, mode, query } = segment;
    const rule = { id, mode, value: valueOf(segment), tally: { mismatches: 0 } };
    if (condition !== null)
      return [{ ...rule, kind: 'condition', matches: compileCondition(condition, options) }];
    return query === undefined ? [] : [{ ...rule, kind: 'query', matches: isMatched(rule.value) }];
  });
}

function isMatched(value: string): ConditionRule['matches'] {
  return ({ matchedQueries }) => matchedQueries.includes(value);
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
