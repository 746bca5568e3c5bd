import fc from 'fast-check';
import { expect, test } from 'vitest';
import { compileCondition } from '../../../src/domain/condition/evaluate.ts';
import { toDateFields } from '../../../src/domain/condition/fields.ts';
import { parseDefinition, type DefinitionSource } from '../../../src/domain/definition.ts';
import { filterOfGraph } from '../../../src/domain/flow/flow-filter.ts';
import { mapConditions, type ParsedGraph } from '../../../src/domain/flow/graph.ts';
import { runWorkflows } from '../../../src/domain/flow/workflow-rule.ts';
import type { Action, WorkflowDefinition } from '../../../src/domain/segment.ts';
import { flowText, type DrawnEdge, type DrawnNode } from '../../support/tracardi-flows.ts';

const VALUES = ['gold', 'silver', 'Lapsed Buyer'];

const aValue = fc.constantFrom(...VALUES);
const aCondition = fc.oneof(
  fc.integer({ min: 0, max: 4 }).map((limit) => `profile@orders >= ${limit}`),
  aValue.map((value) => `profile@segments CONTAINS "${value}"`),
  aValue.map((value) => `NOT profile@segments CONTAINS "${value}" AND profile@orders < 3`),
);
const anAction: fc.Arbitrary<Action> = fc.oneof(
  aValue.map((add) => ({ add })),
  aValue.map((remove) => ({ remove })),
  fc.tuple(aValue, aValue).map(([from, to]) => ({ move: { from, to } })),
);
const aWorkflow: fc.Arbitrary<WorkflowDefinition> = fc.record({
  filter: aCondition,
  steps: fc.array(
    fc.record({
      when: aCondition,
      then: fc.array(anAction, { maxLength: 3 }),
      else: fc.array(anAction, { maxLength: 2 }),
    }),
    { minLength: 1, maxLength: 4 },
  ),
});
const aProfile = fc.record({ orders: fc.integer({ min: 0, max: 5 }), segments: fc.uniqueArray(aValue) });

/** The same workflow as somebody would draw it: an If for each condition, a node for each action. */
function draw({ filter, steps }: WorkflowDefinition): string {
  const nodes: DrawnNode[] = [
    { id: 'start', className: 'StartSegmentationAction' },
    { id: 'filter', className: 'IfAction', init: { condition: filter } },
    { id: 'update', className: 'UpdateProfileAction' },
  ];
  const edges: DrawnEdge[] = ['start:payload -> filter', 'filter:true -> update'];
  let open: readonly string[] = ['filter:true'];
  for (const [index, step] of steps.entries()) {
    const id = `step${index}`;
    nodes.push({ id, className: 'IfAction', init: { condition: step.when } });
    for (const end of open) edges.push(`${end} -> ${id}` as DrawnEdge);
    open = (['true', 'false'] as const).map((port) => {
      let end = `${id}:${port}`;
      for (const [nth, action] of (port === 'true' ? step.then : step.else).entries()) {
        const node = drawAction(`${id}-${port}-${nth}`, action);
        nodes.push(node);
        edges.push(`${end} -> ${node.id}` as DrawnEdge);
        end = `${node.id}:payload`;
      }
      return end;
    });
  }
  return flowText(nodes, edges);
}

function drawAction(id: string, action: Action): DrawnNode {
  if ('add' in action) return { id, className: 'AddSegmentAction', init: { segment: [action.add] } };
  if ('remove' in action) return { id, className: 'DeleteSegmentAction', init: { segment: action.remove } };
  const { from, to } = action.move;
  return { id, className: 'MoveSegmentAction', init: { from_segment: from, to_segment: to } };
}

const OPTIONS = { now: 0, dateFields: toDateFields([]) };

type Profile = { readonly orders: number; readonly segments: readonly string[] };

function graphOf(source: DefinitionSource): ParsedGraph {
  const parsed = parseDefinition(source);
  if (parsed.kind === 'refused' || parsed.definition.graph === null) throw new Error(JSON.stringify(parsed));
  return parsed.definition.graph;
}

function changeOf(parsed: ParsedGraph, profile: Profile) {
  const graph = mapConditions(parsed, (each) => compileCondition(each, OPTIONS));
  const rule = { kind: 'workflow', id: 'w', order: 0, graph, tally: { mismatches: 0 } } as const;
  return runWorkflows([rule], profile, profile.segments, { segmentsField: 'segments', now: 0 }).total;
}

test('a flow changes what the same workflow written as steps changes', () => {
  fc.assert(
    fc.property(aWorkflow, aProfile, (workflow, profile) => {
      const head = 'id: w\nkind: live\n';
      const flow = { file: 'flows/w.json', content: draw(workflow) };

      const drawn = graphOf({ file: 'w.yaml', content: `${head}flow: flows/w.json\n`, flow });
      const written = graphOf({
        file: 'w.yaml',
        content: `${head}workflow: ${JSON.stringify(workflow)}\n`,
      });

      expect(changeOf(drawn, profile)).toEqual(changeOf(written, profile));
    }),
    { numRuns: 500 },
  );
});

test('a profile that a flow need not look at is one that it would not change', () => {
  let skipped = 0;
  fc.assert(
    fc.property(aWorkflow, aProfile, (workflow, profile) => {
      const flow = { file: 'flows/w.json', content: draw(workflow) };
      const graph = graphOf({ file: 'w.yaml', content: 'id: w\nkind: live\nflow: flows/w.json\n', flow });
      const filter = filterOfGraph(graph);
      if (filter === null || compileCondition(filter, OPTIONS)({ profile }, { mismatches: 0 })) return;
      skipped += 1;

      expect(changeOf(graph, profile)).toEqual({ entered: [], left: [] });
    }),
    { numRuns: 500 },
  );
  expect(skipped).toBeGreaterThan(50);
});
