import { expect, test } from 'vitest';
import type { CompiledCondition } from '../../../src/domain/condition/evaluate.ts';
import { graphOfSteps, type WorkflowSteps } from '../../../src/domain/flow/steps-graph.ts';
import { inOrder, runWorkflows, type WorkflowRule } from '../../../src/domain/flow/workflow-rule.ts';

const OPTIONS = { segmentsField: 'segments', now: 0 };
const always: CompiledCondition = () => true;
const never: CompiledCondition = () => false;

function carries(value: string): CompiledCondition {
  return ({ profile }) => JSON.stringify(profile).includes(`"${value}"`);
}

interface Written extends Partial<WorkflowSteps<CompiledCondition>> {
  readonly id?: string;
  readonly order?: number;
}

function aRule({ id = 'w', order = 0, filter = null, steps = [] }: Written): WorkflowRule {
  return { kind: 'workflow', id, order, graph: graphOfSteps({ filter, steps }), tally: { mismatches: 0 } };
}

function run(rules: readonly WorkflowRule[], before: readonly string[]) {
  return runWorkflows(rules, { segments: before }, before, OPTIONS).total;
}

test('a later step sees what an earlier one did', () => {
  const rule = aRule({
    steps: [
      { when: always, then: [{ add: 'silver' }], else: [] },
      { when: carries('silver'), then: [{ move: { from: 'silver', to: 'gold' } }], else: [] },
    ],
  });

  expect(run([rule], [])).toEqual({ entered: ['gold'], left: [] });
});

test('a false filter changes nothing', () => {
  const rule = aRule({ filter: never, steps: [{ when: null, then: [{ add: 'gold' }], else: [] }] });

  expect(run([rule], ['silver'])).toEqual({ entered: [], left: [] });
});

test('a false condition takes the else actions', () => {
  const rule = aRule({ steps: [{ when: never, then: [{ add: 'gold' }], else: [{ remove: 'gold' }] }] });

  expect(run([rule], ['gold', 'foreign'])).toEqual({ entered: [], left: ['gold'] });
});

test('a move adds its target even where the source is missing', () => {
  const rule = aRule({ steps: [{ when: null, then: [{ move: { from: 'silver', to: 'gold' } }], else: [] }] });

  expect(run([rule], [])).toEqual({ entered: ['gold'], left: [] });
});

test('adding and removing again within one run is no change at all', () => {
  const rule = aRule({ steps: [{ when: null, then: [{ add: 'gold' }, { remove: 'gold' }], else: [] }] });

  expect(run([rule], [])).toEqual({ entered: [], left: [] });
});

test('workflows that share a value act in order, then by id, each seeing the ones before', () => {
  const adds = aRule({ id: 'b', order: 1, steps: [{ when: null, then: [{ add: 'vip' }], else: [] }] });
  const removes = aRule({
    id: 'a',
    order: 2,
    steps: [{ when: carries('vip'), then: [{ remove: 'vip' }], else: [] }],
  });

  expect(inOrder([removes, adds]).map(({ id }) => id)).toEqual(['b', 'a']);
  expect(run(inOrder([removes, adds]), [])).toEqual({ entered: [], left: [] });
});

test('what each workflow did is told apart', () => {
  const adds = aRule({ id: 'a', steps: [{ when: null, then: [{ add: 'x' }], else: [] }] });
  const moves = aRule({
    id: 'b',
    steps: [{ when: null, then: [{ move: { from: 'x', to: 'y' } }], else: [] }],
  });

  const { bySegment } = runWorkflows([adds, moves], { segments: [] }, [], OPTIONS);

  expect([...bySegment]).toEqual([
    ['a', { entered: ['x'], left: [] }],
    ['b', { entered: ['y'], left: ['x'] }],
  ]);
});
