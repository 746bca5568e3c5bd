import type { Action } from '../segment.ts';
import type { FlowGraph, GraphNode, Outcome } from './graph.ts';

export interface WorkflowSteps<C> {
  /** null admits every profile. */
  readonly filter: C | null;
  readonly steps: readonly {
    /** null always takes `then`. */
    readonly when: C | null;
    readonly then: readonly Action[];
    readonly else: readonly Action[];
  }[];
}

/** A chain: the filter lets a profile in or not, each step leads to the next whatever it did. */
export function graphOfSteps<C>({ filter, steps }: WorkflowSteps<C>): FlowGraph<C> {
  const admit: GraphNode<C> = {
    id: 'filter',
    name: 'filter',
    work: { kind: 'choose', when: filter, then: outcome('next', []), else: outcome('out', []) },
    inputs: [],
  };
  const chain = steps.map((step, index): GraphNode<C> => ({
    id: `steps.${index}`,
    name: `step ${index + 1}`,
    work: {
      kind: 'choose',
      when: step.when,
      then: outcome('next', step.then),
      else: outcome('next', step.else),
    },
    inputs: [{ node: index, port: 'next' }],
  }));
  return { nodes: [admit, ...chain], saves: 'always' };
}

function outcome(port: string, actions: readonly Action[]): Outcome {
  return { port, actions, payload: null };
}
