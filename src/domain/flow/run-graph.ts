import type { CompiledCondition, Documents, Tally } from '../condition/evaluate.ts';
import { readField } from '../condition/read-field.ts';
import { leavesOf } from '../condition/values.ts';
import type { Action } from '../segment.ts';
import type { FlowGraph, Outcome, Payload, Work } from './graph.ts';
import { readLastVisit } from './last-visit.ts';

/**
 * How often the nodes of one graph may run on one profile. Paths that part and meet again multiply the runs of
 * what follows, by two each time; no flow that people draw comes near it.
 */
const MAX_NODE_RUNS = 10_000;

const NO_PAYLOAD: Payload = {};

/** A payload on its way out of a node. */
export interface Emission {
  readonly port: string;
  readonly payload: Payload;
}

/** One run of one node, for people who ask what a segment did. */
export interface NodeRun {
  /** Index into the graph. */
  readonly node: number;
  readonly documents: Documents;
  readonly before: readonly string[];
  readonly after: readonly string[];
  readonly emitted: readonly Emission[];
}

export interface GraphRunOptions {
  /** The documents that conditions read, for a membership as the nodes have made it. */
  readonly see: (membership: readonly string[], payload: Payload) => Documents;
  readonly tally: Tally;
  /** Epoch milliseconds of the slot. */
  readonly now: number;
  readonly observe?: (run: NodeRun) => void;
}

export interface GraphResult {
  /** `before` itself where nothing changes. */
  readonly membership: readonly string[];
  readonly saved: boolean;
}

/**
 * Runs a graph over one profile: node by node, each once for every payload that its inputs hand it, all on one
 * membership. Changes that nothing saves are undone. Throws where the nodes run more often than the limit.
 */
export function runGraph(
  graph: FlowGraph<CompiledCondition>,
  before: readonly string[],
  options: GraphRunOptions,
): GraphResult {
  const state: State = { membership: before, saved: graph.saves === 'always', runs: 0, options };
  const emitted: Emission[][] = [];
  const { nodes } = graph;
  for (let index = 0; index < nodes.length; index += 1) {
    const { inputs } = nodes[index]!;
    const out: Emission[] = [];
    if (inputs.length === 0) runNode(graph, index, NO_PAYLOAD, state, out);
    for (const { node, port } of inputs) {
      for (const emission of emitted[node]!)
        if (emission.port === port) runNode(graph, index, emission.payload, state, out);
    }
    emitted.push(out);
  }
  return { membership: state.saved ? state.membership : before, saved: state.saved };
}

interface State {
  membership: readonly string[];
  saved: boolean;
  runs: number;
  readonly options: GraphRunOptions;
}

function runNode(
  { nodes }: FlowGraph<CompiledCondition>,
  index: number,
  payload: Payload,
  state: State,
  out: Emission[],
): void {
  const { work, name } = nodes[index]!;
  const { observe, see } = state.options;
  state.runs += 1;
  if (state.runs > MAX_NODE_RUNS)
    throw new Error(
      `its nodes ran more than ${MAX_NODE_RUNS.toLocaleString('en')} times, last "${name}": where paths part and meet again, what follows runs once for each of them`,
    );
  if (observe === undefined) {
    doWork(work, payload, state, out);
    return;
  }
  const before = state.membership;
  const documents = see(before, payload);
  const first = out.length;
  doWork(work, payload, state, out);
  observe({ node: index, documents, before, after: state.membership, emitted: out.slice(first) });
}

function doWork(work: Work<CompiledCondition>, payload: Payload, state: State, out: Emission[]): void {
  const { see, tally, now } = state.options;
  switch (work.kind) {
    case 'choose': {
      const holds = work.when === null || work.when(see(state.membership, payload), tally);
      take(holds ? work.then : work.else, payload, state, out);
      break;
    }
    case 'has-value':
      take(state.membership.includes(work.value) ? work.then : work.else, payload, state, out);
      break;
    case 'add-values': {
      const values = valuesToAdd(work, see(state.membership, payload));
      if (values === null) tally.mismatches += 1;
      for (const value of values ?? []) state.membership = add(state.membership, value);
      out.push({ port: values === null ? 'error' : 'payload', payload });
      break;
    }
    case 'last-visit': {
      const visit = readLastVisit(see(state.membership, payload).profile, now);
      out.push(visit === null ? { port: 'error', payload } : { port: 'visit', payload: visit });
      break;
    }
    case 'judge': {
      const documents = see(state.membership, payload);
      const verdicts = work.conditions.map(({ key, when }) => [key, when(documents, tally)] as const);
      out.push({ port: 'result', payload: Object.fromEntries(verdicts) });
      break;
    }
    case 'pass':
      for (const port of work.ports) out.push({ port, payload });
      break;
    case 'save':
      state.saved = true;
      break;
    case 'discard':
      state.saved = false;
      out.push({ port: 'payload', payload });
      break;
  }
}

function take(outcome: Outcome, payload: Payload, state: State, out: Emission[]): void {
  for (const action of outcome.actions) state.membership = act(state.membership, action);
  out.push({ port: outcome.port, payload: outcome.payload ?? payload });
}

/** null where a field holds anything but declared values: nobody could say whose it would be. */
function valuesToAdd(
  { values, declared }: Extract<Work<CompiledCondition>, { readonly kind: 'add-values' }>,
  documents: Documents,
): readonly string[] | null {
  const found = values.flatMap((value) =>
    typeof value === 'string' ? [value] : declaredOf(leavesOf(readField(value)(documents)), declared),
  );
  return found.every((value) => value !== null) ? found : null;
}

function declaredOf(leaves: readonly unknown[], declared: readonly string[]): readonly (string | null)[] {
  return leaves.map((leaf) => (typeof leaf === 'string' && declared.includes(leaf) ? leaf : null));
}

/** `move` adds its target even where the source is missing, as Tracardi's node does. */
function act(membership: readonly string[], action: Action): readonly string[] {
  if ('add' in action) return add(membership, action.add);
  if ('remove' in action) return remove(membership, action.remove);
  return add(remove(membership, action.move.from), action.move.to);
}

function add(membership: readonly string[], value: string): readonly string[] {
  return membership.includes(value) ? membership : [...membership, value];
}

function remove(membership: readonly string[], value: string): readonly string[] {
  return membership.includes(value) ? membership.filter((each) => each !== value) : membership;
}
