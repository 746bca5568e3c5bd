import type { Condition, Field } from '../condition/ast.ts';
import type { Action } from '../segment.ts';

/** What a node hands on; a graph starts with an empty one. Plain JSON. */
export type Payload = Readonly<Record<string, unknown>>;

/**
 * What a workflow segment runs, whether it was written as steps or drawn in Tracardi. Every edge leads from a
 * node to a later one. `C` is a condition: parsed in a definition, compiled in a run.
 */
export interface FlowGraph<C> {
  readonly nodes: readonly GraphNode<C>[];
  /** `always`, or only when a `save` node has run and no `discard` node after it, as in a Tracardi flow. */
  readonly saves: 'always' | 'on-request';
}

export type ParsedGraph = FlowGraph<Condition>;

export interface GraphNode<C> {
  /** What its author finds it by: `steps.0`, or the node's id in the flow file. */
  readonly id: string;
  readonly name: string;
  readonly work: Work<C>;
  /** The graph starts at a node without inputs; any other runs once for each payload that reaches it. */
  readonly inputs: readonly Input[];
}

/** An edge: what node `node`, an index into the graph, hands out on `port`. */
export interface Input {
  readonly node: number;
  readonly port: string;
}

/** What comes of a choice: changes of the membership, then a payload on a port. */
export interface Outcome {
  readonly port: string;
  readonly actions: readonly Action[];
  /** null hands on the payload that came in. */
  readonly payload: Payload | null;
}

/** What a node does with each payload that reaches it; the ports it answers on stand beside. */
export type Work<C> =
  /** Answers on each of its ports. */
  | { readonly kind: 'pass'; readonly ports: readonly string[] }
  /** No condition is one that always holds. */
  | { readonly kind: 'choose'; readonly when: C | null; readonly then: Outcome; readonly else: Outcome }
  /** Looks at the membership as the nodes before have made it. */
  | {
      readonly kind: 'has-value';
      readonly value: string;
      readonly then: Outcome;
      readonly else: Outcome;
    }
  /** `payload`; `error` where a field holds no text or list of texts that is declared, and then adds nothing. */
  | {
      readonly kind: 'add-values';
      readonly values: readonly (string | Field)[];
      readonly declared: readonly string[];
    }
  /** `visit` with `last` and `difference`; `error` where the profile has no date of a visit. */
  | { readonly kind: 'last-visit' }
  /** `result` with the verdict of each condition under its key. */
  | { readonly kind: 'judge'; readonly conditions: readonly { readonly key: string; readonly when: C }[] }
  | { readonly kind: 'save' }
  /** `payload`. */
  | { readonly kind: 'discard' };

/** The same graph with each condition made into something else. */
export function mapConditions<A, B>(graph: FlowGraph<A>, convert: (condition: A) => B): FlowGraph<B> {
  const nodes = graph.nodes.map((node) => ({ ...node, work: mapWork(node.work, convert) }));
  return { ...graph, nodes };
}

function mapWork<A, B>(work: Work<A>, convert: (condition: A) => B): Work<B> {
  switch (work.kind) {
    case 'choose':
      return { ...work, when: work.when === null ? null : convert(work.when) };
    case 'judge':
      return { ...work, conditions: work.conditions.map(({ key, when }) => ({ key, when: convert(when) })) };
    case 'pass':
    case 'has-value':
    case 'add-values':
    case 'last-visit':
    case 'save':
    case 'discard':
      return work;
  }
}

/** Every value that a node may add or remove. */
export function valuesOfWork(work: Work<unknown>): readonly string[] {
  switch (work.kind) {
    case 'choose':
    case 'has-value':
      return [...work.then.actions, ...work.else.actions].flatMap(valuesOfAction);
    case 'add-values':
      return [...work.values.filter((value) => typeof value === 'string'), ...work.declared];
    case 'pass':
    case 'last-visit':
    case 'judge':
    case 'save':
    case 'discard':
      return [];
  }
}

/** Each value once, in the order of the nodes. */
export function valuesOfGraph({ nodes }: FlowGraph<unknown>): readonly string[] {
  return [...new Set(nodes.flatMap(({ work }) => valuesOfWork(work)))];
}

function valuesOfAction(action: Action): readonly string[] {
  if ('add' in action) return [action.add];
  if ('remove' in action) return [action.remove];
  return [action.move.from, action.move.to];
}

/** The conditions of a node with what they are called in its messages. */
export function conditionsOfWork<C>(
  work: Work<C>,
): readonly { readonly key: string | null; readonly when: C }[] {
  switch (work.kind) {
    case 'choose':
      return work.when === null ? [] : [{ key: null, when: work.when }];
    case 'judge':
      return work.conditions;
    case 'pass':
    case 'has-value':
    case 'add-values':
    case 'last-visit':
    case 'save':
    case 'discard':
      return [];
  }
}
