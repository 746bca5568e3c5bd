import { compileCondition, type EvaluationOptions } from '../condition/evaluate.ts';
import { explainCondition, type Explanation } from '../condition/explain.ts';
import { difference, type Difference } from '../membership.ts';
import { conditionsOfWork, mapConditions, type ParsedGraph } from './graph.ts';
import { runGraph } from './run-graph.ts';
import { createView } from './workflow-rule.ts';

/** What a graph does with one profile: plain JSON. */
export interface ExplainedGraph {
  /** Whether what the nodes change counts: always for steps, for a flow when "Update profile" is reached. */
  readonly saved: boolean;
  /** In the order they ran; one that ran twice is here twice, one that did not run is not here. */
  readonly nodes: readonly ExplainedNode[];
}

export interface ExplainedNode extends Difference {
  readonly id: string;
  readonly name: string;
  /** Where it handed its payload on. */
  readonly ports: readonly string[];
  readonly conditions: readonly { readonly key: string | null; readonly explanation: Explanation }[];
}

export interface ExplainedProfile {
  readonly document: Readonly<Record<string, unknown>>;
  readonly segments: readonly string[];
}

/** Runs a graph as a run would, and tells it node by node with the values that its conditions found. */
export function explainGraph(
  graph: ParsedGraph,
  { document, segments }: ExplainedProfile,
  options: EvaluationOptions & { readonly segmentsField: string },
): ExplainedGraph {
  const nodes: ExplainedNode[] = [];
  const compiled = mapConditions(graph, (condition) => compileCondition(condition, options));
  const { saved } = runGraph(compiled, segments, {
    see: createView(document, segments, options.segmentsField),
    tally: { mismatches: 0 },
    now: options.now,
    observe: ({ node: index, documents, before, after, emitted }) => {
      const { id, name, work } = graph.nodes[index]!;
      nodes.push({
        id,
        name,
        ports: emitted.map(({ port }) => port),
        ...difference(before, after),
        conditions: conditionsOfWork(work).map(({ key, when }) => ({
          key,
          explanation: explainCondition(when, documents, options),
        })),
      });
    },
  });
  return { saved, nodes };
}
