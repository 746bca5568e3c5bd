import type { Condition } from './condition/ast.ts';
import type { Definition } from './definition.ts';
import { conditionsOfWork } from './flow/graph.ts';

/** Every condition that a definition asks, those of its workflow's steps or of its flow's nodes included. */
export function conditionsOf({ conditions, graph }: Definition): readonly Condition[] {
  const drawn = (graph?.nodes ?? []).flatMap(({ work }) => conditionsOfWork(work)).map(({ when }) => when);
  return conditions.condition === null ? drawn : [conditions.condition, ...drawn];
}
