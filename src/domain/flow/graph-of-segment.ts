import type { Condition } from '../condition/ast.ts';
import type { Segment } from '../segment.ts';
import type { FlowFile } from './flow-file.ts';
import type { ParsedGraph } from './graph.ts';
import { importFlow } from './import-flow.ts';
import { graphOfSteps, type WorkflowSteps } from './steps-graph.ts';
import { readFlow } from './tracardi-flow.ts';

export type DrawnGraph =
  | { readonly kind: 'drawn'; readonly graph: ParsedGraph | null; readonly warnings: readonly string[] }
  | { readonly kind: 'refused'; readonly problems: readonly string[] }
  /** The flow file could not be read: a problem of the definition that names it. */
  | { readonly kind: 'unread'; readonly reason: string };

/** The graph of a workflow or flow segment; none for any other. Problems speak of the flow file. */
export function graphOfSegment(
  segment: Segment,
  steps: WorkflowSteps<Condition>,
  file: FlowFile | undefined,
): DrawnGraph {
  if (segment.kind !== 'live') return drawn(null);
  if (segment.workflow !== undefined) return drawn(graphOfSteps(steps));
  if (segment.flow === undefined) return drawn(null);
  if (file === undefined)
    return refused([
      `flow: the content of ${segment.flow} did not come with this definition; apply the folder again`,
    ]);
  if ('unreadable' in file)
    return { kind: 'unread', reason: `flow: ${segment.flow} cannot be read: ${file.unreadable}` };
  if ('problem' in file) return refused([file.problem]);
  const read = readFlow(file.content);
  if (read.kind === 'unreadable') return refused([read.reason]);
  const imported = importFlow(read.flow, segment.values);
  return imported.kind === 'refused' ? imported : drawn(imported.graph, imported.warnings);
}

function drawn(graph: ParsedGraph | null, warnings: readonly string[] = []): DrawnGraph {
  return { kind: 'drawn', graph, warnings };
}

function refused(problems: readonly string[]): DrawnGraph {
  return { kind: 'refused', problems };
}
