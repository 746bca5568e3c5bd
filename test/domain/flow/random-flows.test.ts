import fc from 'fast-check';
import { expect, test } from 'vitest';
import { compileCondition } from '../../../src/domain/condition/evaluate.ts';
import { toDateFields } from '../../../src/domain/condition/fields.ts';
import { mapConditions } from '../../../src/domain/flow/graph.ts';
import { importFlow } from '../../../src/domain/flow/import-flow.ts';
import { readFlow } from '../../../src/domain/flow/tracardi-flow.ts';
import { runWorkflows } from '../../../src/domain/flow/workflow-rule.ts';
import { flowText, type DrawnEdge, type DrawnNode } from '../../support/tracardi-flows.ts';

const NOW = Date.parse('2026-11-21T00:00:00Z');
const DAY = 86_400_000;
const VALUES = ['a', 'b', 'c'];

type Payload = Readonly<Record<string, unknown>>;

interface World {
  readonly orders: number;
  /** Days since the last visit; null for never. */
  readonly away: number | null;
  readonly segments: Set<string>;
  saved: boolean;
}

/** A node beside what it means, said without the code that runs it: the ports it answers on, with what. */
interface Meant {
  readonly node: Omit<DrawnNode, 'id'>;
  readonly ports: readonly string[];
  readonly run: (world: World, payload: Payload) => readonly (readonly [string, Payload])[];
}

const aValue = fc.constantFrom(...VALUES);

interface Question {
  readonly text: string;
  readonly ask: (world: World, payload: Payload) => boolean;
}

const aQuestion: fc.Arbitrary<Question> = fc.oneof(
  fc.integer({ min: 0, max: 3 }).map((least) => ({
    text: `profile@orders >= ${least}`,
    ask: ({ orders }: World) => orders >= least,
  })),
  aValue.map((value) => ({
    text: `profile@segments CONTAINS "${value}"`,
    ask: ({ segments }: World) => segments.has(value),
  })),
  fc.constant({
    text: 'payload@difference.days > 3',
    ask: (_: World, { difference }: Payload) =>
      typeof difference === 'object' &&
      difference !== null &&
      'days' in difference &&
      Number(difference.days) > 3,
  }),
  fc.constant({ text: 'payload@result == TRUE', ask: (_: World, { result }: Payload) => result === true }),
);

function acts(node: Omit<DrawnNode, 'id'>, change: (segments: Set<string>) => void): Meant {
  return {
    node,
    ports: ['payload'],
    run: ({ segments }, payload) => {
      change(segments);
      return [['payload', payload]];
    },
  };
}

const aMeaning: fc.Arbitrary<Meant> = fc.oneof(
  fc.tuple(aQuestion, fc.boolean()).map(([{ text, ask }, passes]): Meant => ({
    node: { className: 'IfAction', init: { condition: text, pass_payload: passes } },
    ports: ['true', 'false'],
    run: (world, payload) => {
      const result = ask(world, payload);
      return [[String(result), passes ? payload : { result }]];
    },
  })),
  fc.tuple(aQuestion, aValue, aValue).map(([{ text, ask }, yes, no]): Meant => ({
    node: {
      className: 'ProfileSegmentAction',
      init: {
        condition: text,
        true_action: 'add',
        true_segment: yes,
        false_action: 'remove',
        false_segment: no,
      },
    },
    ports: ['true', 'false', 'error'],
    run: (world, payload) => {
      const result = ask(world, payload);
      if (result) world.segments.add(yes);
      else world.segments.delete(no);
      return [[String(result), payload]];
    },
  })),
  aValue.map((value) =>
    acts({ className: 'AddSegmentAction', init: { segment: [value] } }, (segments) => segments.add(value)),
  ),
  aValue.map((value) =>
    acts({ className: 'DeleteSegmentAction', init: { segment: value } }, (segments) =>
      segments.delete(value),
    ),
  ),
  fc.tuple(aValue, aValue).map(([from, to]) =>
    acts({ className: 'MoveSegmentAction', init: { from_segment: from, to_segment: to } }, (segments) => {
      segments.delete(from);
      segments.add(to);
    }),
  ),
  aValue.map((value): Meant => ({
    node: { className: 'HasSegmentAction', init: { segment: value } },
    ports: ['True', 'False'],
    run: ({ segments }, payload) => [[segments.has(value) ? 'True' : 'False', payload]],
  })),
  fc.constant<Meant>({
    node: { className: 'LastVisitAction' },
    ports: ['visit', 'error'],
    run: ({ away }, payload) =>
      away === null ? [['error', payload]] : [['visit', { difference: { days: away } }]],
  }),
  fc.constant<Meant>({
    node: { className: 'UpdateProfileAction' },
    ports: [],
    run: (world) => {
      world.saved = true;
      return [];
    },
  }),
  fc.constant<Meant>({
    node: { className: 'DiscardProfileUpdateAction' },
    ports: ['payload'],
    run: (world, payload) => {
      world.saved = false;
      return [['payload', payload]];
    },
  }),
);

/** Now and then a node is skipped, blocked or of the debugger's, as people leave them in their drawings. */
const aNode: fc.Arbitrary<Meant> = fc
  .tuple(aMeaning, fc.constantFrom('', '', '', '', 'skip', 'block_flow', 'debug'))
  .map(([meant, mark]): Meant => {
    if (mark === 'skip') {
      const { ports } = meant;
      return {
        ...meant,
        node: { ...meant.node, spec: { skip: true } },
        run: (_, payload) => ports.map((port) => [port, payload]),
      };
    }
    if (mark === 'block_flow')
      return { ...meant, node: { ...meant.node, spec: { block_flow: true } }, run: () => [] };
    if (mark === 'debug') return { ...meant, node: { ...meant.node, data: { debug: true } }, run: () => [] };
    return meant;
  });

const START: Meant = {
  node: { className: 'StartSegmentationAction' },
  ports: ['payload'],
  run: () => [['payload', {}]],
};

interface Edge {
  readonly from: number;
  readonly port: string;
  readonly to: number;
}

/** Nodes in an order in which every edge leads forward, so that there is one order to run them in. */
const aDrawing = fc
  .tuple(
    fc.array(aNode, { minLength: 1, maxLength: 9 }),
    fc.array(fc.nat(), { minLength: 40, maxLength: 40 }),
  )
  .map(([others, picks]) => {
    const nodes = [START, ...others];
    const pick = [...picks];
    const edges: Edge[] = [];
    for (let to = 1; to < nodes.length; to += 1) {
      const many = 1 + ((pick.pop() ?? 0) % 2);
      for (let nth = 0; nth < many; nth += 1) {
        const from = (pick.pop() ?? 0) % to;
        const { ports } = nodes[from] ?? START;
        const port = ports[(pick.pop() ?? 0) % Math.max(ports.length, 1)];
        const isThere = edges.some((edge) => edge.from === from && edge.port === port && edge.to === to);
        if (port !== undefined && !isThere) edges.push({ from, port, to });
      }
    }
    return { nodes, edges };
  });

const aWorld = fc.record({
  orders: fc.integer({ min: 0, max: 4 }),
  away: fc.option(fc.integer({ min: 0, max: 7 })),
  segments: fc.uniqueArray(aValue),
});

/** Node after node, each once for each payload that an edge brings it. */
function simulate(
  { nodes, edges }: { readonly nodes: readonly Meant[]; readonly edges: readonly Edge[] },
  world: World,
): void {
  const out = nodes.map((): (readonly [string, Payload])[] => []);
  for (const [index, { run }] of nodes.entries()) {
    const brought = edges
      .filter(({ to }) => to === index)
      .flatMap(({ from, port }) => (out[from] ?? []).filter(([at]) => at === port));
    const payloads = index === 0 ? [{}] : brought.map(([, payload]) => payload);
    for (const payload of payloads) out[index]?.push(...run(world, payload));
  }
}

test('any flow does what its nodes mean one by one', () => {
  let changed = 0;
  fc.assert(
    fc.property(aDrawing, aWorld, (drawing, { orders, away, segments }) => {
      const world: World = { orders, away, segments: new Set(segments), saved: false };
      simulate(drawing, world);
      const expected = world.saved ? world.segments : new Set(segments);

      const nodes = drawing.nodes.map(({ node }, index): DrawnNode => ({ ...node, id: `n${index}` }));
      const edges = drawing.edges.map(({ from, port, to }): DrawnEdge => `n${from}:${port} -> n${to}`);
      const read = readFlow(flowText(nodes, edges));
      const flow = read.kind === 'flow' ? importFlow(read.flow, undefined) : read;
      if (flow.kind !== 'graph') throw new Error(JSON.stringify(flow));
      const options = { now: NOW, dateFields: toDateFields([]) };
      const graph = mapConditions(flow.graph, (condition) => compileCondition(condition, options));
      const visit = away === null ? {} : { visit: { current: new Date(NOW - away * DAY).toISOString() } };
      const { total } = runWorkflows(
        [{ kind: 'workflow', id: 'f', order: 0, graph, tally: { mismatches: 0 } }],
        { orders, segments, metadata: { time: visit } },
        segments,
        { segmentsField: 'segments', now: NOW },
      );

      const after = new Set([...segments.filter((value) => !total.left.includes(value)), ...total.entered]);
      changed += total.entered.length + total.left.length > 0 ? 1 : 0;
      expect([...after].toSorted()).toEqual([...expected].toSorted());
    }),
    { numRuns: 2_000 },
  );
  expect(changed).toBeGreaterThan(100);
});
