import { z } from 'zod';
import { fieldsOf } from '../condition/fields.ts';
import type { Definition } from '../definition.ts';
import { conditionsOfWork } from '../flow/graph.ts';
import { toFlow } from '../flow/tracardi-flow.ts';
import { differencesOf } from './differences.ts';

/** What a flow that loads does differently here, and what it was warned about. */
export function flowNotes({ graph, warnings }: Definition, flow: unknown): readonly string[] {
  const nodes = graph?.nodes ?? [];
  const reading = nodes.filter(({ work }) =>
    conditionsOfWork(work).some(({ when }) => fieldsOf(when).some(({ source }) => source === 'profile')),
  );
  const texts = textsOf(flow);
  const different = nodes.flatMap(({ id, name }) =>
    (texts.get(id) ?? []).flatMap(differencesOf).map((difference) => `node "${name}" (${id}): ${difference}`),
  );
  return [
    ...warnings.map(({ message }) => message),
    ...(reading.length === 0 ? [] : [missingFields(reading.map(({ name }) => `"${name}"`))]),
    ...new Set(different),
  ];
}

function missingFields(names: readonly string[]): string {
  const [first] = names;
  const nodes = names.length === 1 ? `node ${first}` : `nodes ${[...new Set(names)].join(', ')}`;
  return `${nodes}: where a profile does not have the field that is asked for, Tracardi stops the flow (conditional segmentation leads to "error"); here the test is false, and the flow goes on`;
}

const Init = z.object({
  condition: z.string().optional().catch(undefined),
  conditions: z.record(z.string(), z.string()).optional().catch(undefined),
});

/** The conditions of each node as they were typed. */
function textsOf(flow: unknown): ReadonlyMap<string, readonly string[]> {
  const read = toFlow(flow);
  if (read.kind === 'unreadable') return new Map();
  return new Map(
    read.flow.flowGraph.nodes.map(({ id, data: { spec } }) => {
      const init = Init.safeParse(spec.init);
      const { condition, conditions } = init.success ? init.data : {};
      return [id, [...(condition === undefined ? [] : [condition]), ...Object.values(conditions ?? {})]];
    }),
  );
}
