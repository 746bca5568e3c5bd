import { compileCondition } from '../../../src/domain/condition/evaluate.ts';
import { toDateFields } from '../../../src/domain/condition/fields.ts';
import { mapConditions } from '../../../src/domain/flow/graph.ts';
import { importFlow } from '../../../src/domain/flow/import-flow.ts';
import { readFlow } from '../../../src/domain/flow/tracardi-flow.ts';
import { runWorkflows } from '../../../src/domain/flow/workflow-rule.ts';
import { flowText, type DrawnEdge, type DrawnNode } from '../../support/tracardi-flows.ts';

const NOW = Date.parse('2026-11-21T09:00:00Z');
export const START: DrawnNode = {
  id: 'start',
  className: 'StartSegmentationAction',
  init: { profile_id: '' },
};
export const UPDATE: DrawnNode = { id: 'update', className: 'UpdateProfileAction', name: 'Update profile' };

export function add(id: string, segment: unknown = id): DrawnNode {
  return { id, className: 'AddSegmentAction', name: 'Add segment', init: { segment } };
}

export function imported(
  nodes: readonly DrawnNode[],
  edges: readonly DrawnEdge[],
  declared?: readonly string[],
) {
  const read = readFlow(flowText(nodes, edges));
  if (read.kind === 'unreadable') throw new Error(read.reason);
  return importFlow(read.flow, declared);
}

/** What the flow makes of one profile, as `+value` and `-value`. */
export function changes(
  nodes: readonly DrawnNode[],
  edges: readonly DrawnEdge[],
  profile: Readonly<Record<string, unknown>> = {},
  declared?: readonly string[],
): readonly string[] {
  const flow = imported(nodes, edges, declared);
  if (flow.kind === 'refused') throw new Error(flow.problems.join('; '));
  const options = { now: NOW, dateFields: toDateFields(['metadata.time.*']) };
  const graph = mapConditions(flow.graph, (condition) => compileCondition(condition, options));
  const rule = { kind: 'workflow', id: 'f', order: 0, graph, tally: { mismatches: 0 } } as const;
  const segments = Array.isArray(profile['segments']) ? profile['segments'].map(String) : [];
  const { total } = runWorkflows([rule], { ...profile, segments }, segments, {
    segmentsField: 'segments',
    now: NOW,
  });
  return [...total.entered.map((value) => `+${value}`), ...total.left.map((value) => `-${value}`)];
}

export function node(className: string, init: unknown, id = 'n'): DrawnNode {
  return { id, className, name: className, init };
}

export function segment(onTrue: string, ifTrue: string, onFalse: string, ifFalse: string): DrawnNode {
  return node('ProfileSegmentAction', {
    condition: 'profile@a == 1',
    true_action: onTrue,
    true_segment: ifTrue,
    false_action: onFalse,
    false_segment: ifFalse,
  });
}
