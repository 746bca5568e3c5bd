import type { Condition } from '../condition/ast.ts';
import { valuesOfWork, type GraphNode, type Input, type ParsedGraph } from './graph.ts';
import type { TracardiEdge, TracardiFlow, TracardiNode } from './tracardi-flow.ts';
import { interpretNode, type Interpreted } from './tracardi-nodes.ts';

export type ImportedFlow =
  | { readonly kind: 'graph'; readonly graph: ParsedGraph; readonly warnings: readonly string[] }
  | { readonly kind: 'refused'; readonly problems: readonly string[] };

/**
 * A Tracardi flow as the graph that workflow segments run. Nodes of Tracardi's debugger, blocked nodes and what
 * no start node reaches are left out, as Tracardi never runs them. Nodes that do not wait for each other run in
 * the order of the file; Tracardi leaves that order open. `declared` are the values that the definition lets the
 * flow add from fields.
 */
export function importFlow(
  { flowGraph }: TracardiFlow,
  declared: readonly string[] | undefined,
): ImportedFlow {
  const nodes = new Map(flowGraph.nodes.map((node) => [node.id, node]));
  if (nodes.size < flowGraph.nodes.length)
    return refused(['two of its nodes have one id: which of them an edge means cannot be told']);
  const drawn = distinct(flowGraph.edges);
  const loose = drawn.filter(({ source, target }) => !nodes.has(source) || !nodes.has(target));
  if (loose.length > 0)
    return refused(
      loose.map(({ source, target }) => `an edge leads from ${source} to ${target}: no such node`),
    );
  const live = reachable(flowGraph.nodes, drawn);
  if (live.size === 0)
    return refused(['it has no start node: it would never run; begin it with "Start segmentation"']);
  // A start node does not wait for what leads to it, as only the debugger does.
  const edges = drawn.filter(
    ({ source, target }) => live.has(source) && live.has(target) && !isStart(nodes.get(target)!),
  );
  const order = inOrder(
    flowGraph.nodes.filter(({ id }) => live.has(id)),
    edges,
  );
  if (order.kind === 'cycle')
    return refused([`its nodes lead in a circle: ${order.nodes.map(titleOf).join(', ')}`]);
  return toGraph(order.nodes, edges, declared);
}

/** To Tracardi, as to whoever looks at the drawing, an edge over another is one. */
function distinct(edges: readonly TracardiEdge[]): readonly TracardiEdge[] {
  return [
    ...new Map(
      edges.map((edge) => [JSON.stringify([edge.source, edge.sourceHandle, edge.target]), edge]),
    ).values(),
  ];
}

function refused(problems: readonly string[]): ImportedFlow {
  return { kind: 'refused', problems };
}

export function titleOf({ id, data: { spec, metadata } }: TracardiNode): string {
  return `node "${metadata?.name ?? spec.className}" (${id})`;
}

function isStart({ data: { start } }: TracardiNode): boolean {
  return start === true;
}

function reachable(nodes: readonly TracardiNode[], edges: readonly TracardiEdge[]): ReadonlySet<string> {
  const runs = new Set(
    nodes.filter(({ data }) => data.debug !== true && data.spec.block_flow !== true).map(({ id }) => id),
  );
  const found = new Set<string>();
  const open = nodes.filter((node) => isStart(node) && runs.has(node.id)).map(({ id }) => id);
  for (let id = open.pop(); id !== undefined; id = open.pop()) {
    if (found.has(id)) continue;
    found.add(id);
    for (const { source, target } of edges) if (source === id && runs.has(target)) open.push(target);
  }
  return found;
}

type Order =
  | { readonly kind: 'order'; readonly nodes: readonly TracardiNode[] }
  | { readonly kind: 'cycle'; readonly nodes: readonly TracardiNode[] };

/** Kahn's algorithm; of the nodes that are ready, the first of the file. */
function inOrder(nodes: readonly TracardiNode[], edges: readonly TracardiEdge[]): Order {
  const ordered: TracardiNode[] = [];
  const done = new Set<string>();
  while (ordered.length < nodes.length) {
    const next = nodes.find(
      ({ id }) => !done.has(id) && edges.every(({ source, target }) => target !== id || done.has(source)),
    );
    if (next === undefined) return { kind: 'cycle', nodes: nodes.filter(({ id }) => !done.has(id)) };
    ordered.push(next);
    done.add(next.id);
  }
  return { kind: 'order', nodes: ordered };
}

function toGraph(
  ordered: readonly TracardiNode[],
  edges: readonly TracardiEdge[],
  declared: readonly string[] | undefined,
): ImportedFlow {
  const indexOf = new Map(ordered.map(({ id }, index) => [id, index]));
  const problems: string[] = [];
  const nodes = ordered.flatMap((node): readonly GraphNode<Condition>[] => {
    const out = edges.filter(({ source }) => source === node.id);
    const interpreted = isSkipped(node) ? skip(out) : interpretNode(node, declared);
    if (interpreted.kind === 'refused') {
      problems.push(`${titleOf(node)}: ${interpreted.reason}`);
      return [];
    }
    problems.push(...unknownPorts(interpreted.ports, out).map((reason) => `${titleOf(node)}: ${reason}`));
    return [
      { id: node.id, name: nameOf(node), work: interpreted.work, inputs: inputsOf(node, edges, indexOf) },
    ];
  });
  if (problems.length > 0) return refused(problems);
  return { kind: 'graph', graph: { nodes, saves: 'on-request' }, warnings: warningsOf(nodes) };
}

function nameOf({ data: { spec, metadata } }: TracardiNode): string {
  return metadata?.name ?? spec.className;
}

function isSkipped({ data: { spec } }: TracardiNode): boolean {
  return spec.skip === true;
}

/** Hands on what comes in, on every port. */
function skip(out: readonly TracardiEdge[]): Interpreted {
  const ports = [...new Set(out.map(({ sourceHandle }) => sourceHandle))];
  return { kind: 'work', work: { kind: 'pass', ports }, ports };
}

function inputsOf(
  node: TracardiNode,
  edges: readonly TracardiEdge[],
  indexOf: ReadonlyMap<string, number>,
): readonly Input[] {
  return edges
    .filter(({ target }) => target === node.id)
    .map(({ source, sourceHandle }) => ({ node: indexOf.get(source) ?? 0, port: sourceHandle }));
}

/** An edge on such a port never carries anything: a part of the flow would silently not run. */
function unknownPorts(ports: readonly string[], out: readonly TracardiEdge[]): readonly string[] {
  const unknown = new Set(
    out.map(({ sourceHandle }) => sourceHandle).filter((port) => !ports.includes(port)),
  );
  const known = ports.length === 0 ? 'it has none' : `it has ${ports.join(', ')}`;
  return [...unknown].map(
    (port) => `an edge leaves port "${port}", which it does not have; ${known}: draw the edge again`,
  );
}

function warningsOf(nodes: readonly GraphNode<Condition>[]): readonly string[] {
  const changing = nodes.filter(({ work }) => valuesOfWork(work).length > 0);
  const saves = nodes.some(({ work }) => work.kind === 'save');
  if (saves) return changing.length > 0 ? [] : ['no node of it changes a segment'];
  return [
    'no "Update profile" is reached from its start, so nothing that it does is saved: end the paths that change segments there',
  ];
}
