import type { Condition } from '../condition/ast.ts';
import { fieldsOf } from '../condition/fields.ts';
import type { GraphNode, Outcome, ParsedGraph } from './graph.ts';

/**
 * What a profile must meet for any node of the graph to change something, read off the choices that stand
 * between its start and the first place where paths part; null where nothing can be said. A profile that fails
 * it need not be looked at.
 */
export function filterOfGraph(graph: ParsedGraph): Condition | null {
  const terms: Condition[] = [];
  const starts = graph.nodes.flatMap((node, index) => (node.inputs.length === 0 ? [index] : []));
  let current = starts.length === 1 ? starts[0] : undefined;
  while (current !== undefined) {
    const passed = pass(graph, current);
    if (passed === null) break;
    if (passed.term !== null) terms.push(passed.term);
    current = passed.next ?? undefined;
  }
  const [first, ...others] = terms;
  if (first === undefined) return null;
  return others.length === 0 ? first : { kind: 'and', terms };
}

interface Passed {
  readonly term: Condition | null;
  /** The one node that goes on with nothing changed before it. */
  readonly next: number | null;
}

function pass(graph: ParsedGraph, index: number): Passed | null {
  const { work } = graph.nodes[index]!;
  if (work.kind === 'pass') return { term: null, next: onlyReader(graph, index, work.ports) };
  if (work.kind !== 'choose' || work.when === null || readsPayload(work.when)) return null;
  const isIdle = ({ port, actions }: Outcome): boolean =>
    actions.length === 0 && readersOf(graph, index, [port]).length === 0;
  const next = ({ port, actions, payload }: Outcome): number | null =>
    actions.length === 0 && payload === null ? onlyReader(graph, index, [port]) : null;
  if (isIdle(work.else)) return { term: work.when, next: next(work.then) };
  if (isIdle(work.then)) return { term: { kind: 'not', term: work.when }, next: next(work.else) };
  return null;
}

/** Stores bound conditions on profiles; a payload is there for the nodes only. */
function readsPayload(condition: Condition): boolean {
  return fieldsOf(condition).some(({ source }) => source !== 'profile');
}

function readersOf({ nodes }: ParsedGraph, index: number, ports: readonly string[]): readonly number[] {
  const reads = ({ inputs }: GraphNode<Condition>): number =>
    inputs.filter(({ node, port }) => node === index && ports.includes(port)).length;
  return nodes.flatMap((node, reader) => Array.from({ length: reads(node) }, () => reader));
}

/** null also where that node waits for others, which the graph has been left by. */
function onlyReader(graph: ParsedGraph, index: number, ports: readonly string[]): number | null {
  const [reader, ...others] = readersOf(graph, index, ports);
  return reader !== undefined && others.length === 0 ? reader : null;
}
