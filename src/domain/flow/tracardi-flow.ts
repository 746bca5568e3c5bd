import { z } from 'zod';

/** What Tracardi writes as null where it means "not set". */
function orNothing<T extends z.ZodType>(schema: T) {
  return schema
    .nullish()
    .transform((value) => value ?? undefined)
    .optional();
}

const TracardiNode = z.object({
  id: z.string().min(1),
  data: z.object({
    start: orNothing(z.boolean()),
    /** Runs in Tracardi's debugger only. */
    debug: orNothing(z.boolean()),
    spec: z.object({
      className: z.string().min(1),
      init: z.unknown().optional(),
      /** Hands its payload on, on every port, without doing anything. */
      skip: orNothing(z.boolean()),
      /** Neither runs nor hands on. */
      block_flow: orNothing(z.boolean()),
      run_once: orNothing(z.object({ enabled: orNothing(z.boolean()) })),
      append_input_payload: orNothing(z.boolean()),
    }),
    metadata: orNothing(z.object({ name: orNothing(z.string()) })),
  }),
});
export type TracardiNode = z.output<typeof TracardiNode>;

const TracardiEdge = z.object({
  source: z.string().min(1),
  sourceHandle: z.string(),
  target: z.string().min(1),
});
export type TracardiEdge = z.output<typeof TracardiEdge>;

/** The parts of a Tracardi flow that decide what it does; forms, documentation and positions are left out. */
export const TracardiFlow = z.object({
  id: orNothing(z.string()),
  name: orNothing(z.string()),
  flowGraph: z.object({ nodes: z.array(TracardiNode).min(1), edges: z.array(TracardiEdge) }),
});
export type TracardiFlow = z.output<typeof TracardiFlow>;

export type FlowText =
  | { readonly kind: 'flow'; readonly flow: TracardiFlow }
  | { readonly kind: 'unreadable'; readonly reason: string };

/** Reads a flow as Tracardi exports it, or as it is published with a definition. */
export function readFlow(text: string): FlowText {
  const json = parseJson(text);
  return json.kind === 'unreadable' ? json : toFlow(json.value);
}

export function toFlow(value: unknown): FlowText {
  const parsed = TracardiFlow.safeParse(value);
  if (parsed.success) return { kind: 'flow', flow: parsed.data };
  const [issue] = parsed.error.issues;
  const where = issue?.path.join('.') ?? '';
  return {
    kind: 'unreadable',
    reason: `is no Tracardi flow: ${where === '' ? '' : `${where}: `}${issue?.message ?? 'unknown shape'}; export it in Tracardi's flow editor, or run \`strata import tracardi\``,
  };
}

export function parseJson(
  text: string,
):
  | { readonly kind: 'json'; readonly value: unknown }
  | { readonly kind: 'unreadable'; readonly reason: string } {
  try {
    return { kind: 'json', value: JSON.parse(text) };
  } catch (error) {
    return {
      kind: 'unreadable',
      reason: `is no JSON: ${error instanceof Error ? error.message : String(error)}`,
    };
  }
}

/** One text for one meaning: moving a node about in the editor makes no new version of a definition. */
export function printFlow(flow: TracardiFlow): string {
  return JSON.stringify(flow);
}
