import type { CompiledCondition, Documents, Tally } from '../condition/evaluate.ts';
import { difference, type Difference } from '../membership.ts';
import type { FlowGraph, Payload } from './graph.ts';
import { runGraph } from './run-graph.ts';

/** A workflow segment, compiled for one slot. */
export interface WorkflowRule {
  readonly kind: 'workflow';
  readonly id: string;
  readonly order: number;
  readonly graph: FlowGraph<CompiledCondition>;
  readonly tally: Tally;
}

/** Workflows act on a profile one after another: by `order`, then by id. */
export function inOrder(rules: readonly WorkflowRule[]): readonly WorkflowRule[] {
  return [...rules].sort((a, b) => a.order - b.order || (a.id < b.id ? -1 : 1));
}

export interface WorkflowOptions {
  readonly segmentsField: string;
  /** Epoch milliseconds of the slot. */
  readonly now: number;
}

/**
 * Runs workflow segments over one profile. Each node sees the membership that the nodes before it made, those of
 * earlier segments included. `before` is the membership before the run.
 */
export function runWorkflows(
  rules: readonly WorkflowRule[],
  profile: Readonly<Record<string, unknown>>,
  before: readonly string[],
  { segmentsField, now }: WorkflowOptions,
): { readonly total: Difference; readonly bySegment: ReadonlyMap<string, Difference> } {
  const bySegment = new Map<string, Difference>();
  const see = createView(profile, before, segmentsField);
  let membership: readonly string[] = before;
  for (const { id, graph, tally } of rules) {
    const next = runGraph(graph, membership, { see, tally, now }).membership;
    if (next !== membership) bySegment.set(id, difference(membership, next));
    membership = next;
  }
  return { total: difference(before, membership), bySegment };
}

/** The documents of a profile whose membership is changing; made again only when something has changed. */
export function createView(
  profile: Readonly<Record<string, unknown>>,
  before: readonly string[],
  segmentsField: string,
): (membership: readonly string[], payload: Payload) => Documents {
  let seen: readonly string[] = before;
  let documents: Documents = { profile, payload: null };
  return (membership, payload) => {
    const isSame = membership === seen;
    if (isSame && documents.payload === payload) return documents;
    documents = {
      profile: isSame ? documents.profile : { ...profile, [segmentsField]: membership },
      payload,
    };
    seen = membership;
    return documents;
  };
}
