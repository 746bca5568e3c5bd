import { z } from 'zod';
import type { Condition, Field, Source } from '../condition/ast.ts';
import { ConditionError } from '../condition/condition-error.ts';
import { parseCondition } from '../condition/parse.ts';
import { Value, type Action } from '../segment.ts';
import type { Outcome, Payload, Work } from './graph.ts';
import type { TracardiNode } from './tracardi-flow.ts';
import { adviceFor } from './unknown-nodes.ts';

export type Interpreted =
  /** `ports`: all that an edge may leave it from. */
  | { readonly kind: 'work'; readonly work: Work<Condition>; readonly ports: readonly string[] }
  | { readonly kind: 'refused'; readonly reason: string };

type Interpret = (init: unknown, declared: readonly string[] | undefined) => Work<Condition>;

const SOURCES: readonly Source[] = ['profile', 'payload'];

/** Why a node cannot be run as it is set. */
class NodeRefused extends Error {
  override readonly name = 'NodeRefused';
}

interface NodeKind {
  readonly ports: readonly string[];
  readonly interpret: Interpret;
}

/** By class name, what each node of Tracardi does that Strata runs, as its documentation says. */
const NODES: ReadonlyMap<string, NodeKind> = new Map<string, NodeKind>([
  ['StartSegmentationAction', { ports: ['payload'], interpret: start }],
  ['StartAction', { ports: ['payload'], interpret: start }],
  ['IfAction', { ports: ['true', 'false'], interpret: choose }],
  ['ProfileSegmentAction', { ports: ['true', 'false', 'error'], interpret: chooseSegment }],
  ['AddSegmentAction', { ports: ['payload', 'error'], interpret: addSegments }],
  ['DeleteSegmentAction', { ports: ['payload'], interpret: deleteSegment }],
  ['MoveSegmentAction', { ports: ['payload'], interpret: moveSegment }],
  ['HasSegmentAction', { ports: ['True', 'False'], interpret: hasSegment }],
  ['PropertyExistsAction', { ports: ['true', 'false'], interpret: propertyExists }],
  ['LastVisitAction', { ports: ['visit', 'error'], interpret: () => ({ kind: 'last-visit' }) }],
  ['ConditionSetPlugin', { ports: ['result'], interpret: judgeConditions }],
  ['UpdateProfileAction', { ports: [], interpret: () => ({ kind: 'save' }) }],
  ['DiscardProfileUpdateAction', { ports: ['payload'], interpret: () => ({ kind: 'discard' }) }],
  ['EndAction', { ports: [], interpret: () => ({ kind: 'pass', ports: [] }) }],
]);

function start(): Work<Condition> {
  return { kind: 'pass', ports: ['payload'] };
}

/** `declared`: what the definition says its flow may add from fields. */
export function interpretNode(
  { data: { spec } }: TracardiNode,
  declared: readonly string[] | undefined,
): Interpreted {
  const kind = NODES.get(spec.className);
  if (kind === undefined)
    return { kind: 'refused', reason: `${spec.className} is not run: ${adviceFor(spec.className)}` };
  if (spec.run_once?.enabled === true)
    return {
      kind: 'refused',
      reason:
        'it runs once per value ("run once"), which needs what Tracardi remembers of earlier runs; switch that off: a run of Strata logs only what changes',
    };
  try {
    const work = kind.interpret(spec.init, declared);
    return spec.append_input_payload === true && hasOwnPayload(work)
      ? {
          kind: 'refused',
          reason: 'it appends its input to its own payload; switch "append input payload" off',
        }
      : { kind: 'work', work, ports: kind.ports };
  } catch (error) {
    if (error instanceof NodeRefused) return { kind: 'refused', reason: error.message };
    throw error;
  }
}

function hasOwnPayload(work: Work<Condition>): boolean {
  if (work.kind === 'choose') return work.then.payload !== null;
  return work.kind === 'last-visit' || work.kind === 'judge';
}

function read<T extends z.ZodType>(schema: T, init: unknown): z.output<T> {
  const parsed = schema.safeParse(init ?? {});
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  throw new NodeRefused(`${issue?.path.join('.') ?? ''}: ${issue?.message ?? 'unknown shape'}`);
}

function conditionOf(text: string, what: string): Condition {
  try {
    return parseCondition(text, { sources: SOURCES });
  } catch (error) {
    if (!(error instanceof ConditionError)) throw error;
    throw new NodeRefused(`${what}, line ${error.line}, column ${error.column}: ${error.message}`);
  }
}

const Text = z.string().min(1, 'is empty');

const FlowValue = Text.pipe(Value);

function outcome(port: string, actions: readonly Action[] = [], payload: Payload | null = null): Outcome {
  return { port, actions, payload };
}

const If = z.object({
  condition: Text,
  trigger_once: z.boolean().nullish(),
  pass_payload: z.boolean().nullish(),
});

function choose(init: unknown): Work<Condition> {
  const { condition, trigger_once: once, pass_payload: passes } = read(If, init);
  if (once === true)
    throw new NodeRefused(
      'it answers only once per change of its condition ("trigger once"), which needs what Tracardi remembers of earlier runs; switch that off: a run of Strata logs only what changes',
    );
  const payloadOf = (result: boolean): Payload | null => (passes === false ? { result } : null);
  return {
    kind: 'choose',
    when: conditionOf(condition, 'condition'),
    then: outcome('true', [], payloadOf(true)),
    else: outcome('false', [], payloadOf(false)),
  };
}

const SegmentChange = z
  .string()
  .transform((text) => text.toLowerCase())
  .pipe(z.enum(['add', 'remove', 'none']));

const ProfileSegment = z.object({
  condition: Text,
  true_action: SegmentChange.default('add'),
  true_segment: z.string().nullish(),
  false_action: SegmentChange.default('remove'),
  false_segment: z.string().nullish(),
});

/** Its port `error` is for conditions that raise; here none does, so it never answers there. */
function chooseSegment(init: unknown): Work<Condition> {
  const set = read(ProfileSegment, init);
  return {
    kind: 'choose',
    when: conditionOf(set.condition, 'condition'),
    then: outcome('true', changeOf('true_segment', set.true_action, set.true_segment)),
    else: outcome('false', changeOf('false_segment', set.false_action, set.false_segment)),
  };
}

function changeOf(
  key: string,
  change: z.output<typeof SegmentChange>,
  segment: string | null | undefined,
): readonly Action[] {
  if (change === 'none') return [];
  const { [key]: value } = read(z.object({ [key]: FlowValue }), { [key]: segment ?? '' });
  return change === 'add' ? [{ add: value ?? '' }] : [{ remove: value ?? '' }];
}

const REFERENCE = /^(?:profile|payload|event|session|flow|memory)@/;

function addSegments(init: unknown, declared: readonly string[] | undefined): Work<Condition> {
  const { segment } = read(z.object({ segment: z.union([FlowValue, z.array(FlowValue).min(1)]) }), init);
  const written = Array.isArray(segment) ? segment : [segment];
  const references = written.filter((text) => REFERENCE.test(text));
  if (references.length > 0 && declared === undefined)
    throw new NodeRefused(
      `which segments ${references.join(', ')} will hold cannot be known beforehand: list them in the definition, as values: [gold, silver]`,
    );
  return {
    kind: 'add-values',
    values: written.map((text) => (REFERENCE.test(text) ? fieldOf(text, 'segment') : text)),
    declared: references.length > 0 ? (declared ?? []) : [],
  };
}

/** A test of existence is asked for its field, so that a field is read by the rules of the conditions. */
function fieldOf(text: string, what: string): Field {
  const test = conditionOf(`${text} EXISTS`, what);
  if (test.kind === 'exists' && test.operand.kind === 'field') return test.operand;
  throw new NodeRefused(`${what}: ${text} is not one field`);
}

function deleteSegment(init: unknown): Work<Condition> {
  const { segment } = read(z.object({ segment: FlowValue }), init);
  return act([{ remove: segment }]);
}

function moveSegment(init: unknown): Work<Condition> {
  const { from_segment: from, to_segment: to } = read(
    z.object({ from_segment: FlowValue, to_segment: FlowValue }),
    init,
  );
  return act([{ move: { from, to } }]);
}

function act(actions: readonly Action[]): Work<Condition> {
  return { kind: 'choose', when: null, then: outcome('payload', actions), else: outcome('payload') };
}

function hasSegment(init: unknown): Work<Condition> {
  const { segment } = read(z.object({ segment: Text }), init);
  return { kind: 'has-value', value: segment, then: outcome('True'), else: outcome('False') };
}

/** There, not null and not the empty text; empty lists and objects exist. */
function propertyExists(init: unknown): Work<Condition> {
  const { property } = read(z.object({ property: Text }), init);
  const operand = fieldOf(property, 'property');
  const { at } = operand;
  const when: Condition = {
    kind: 'and',
    terms: [
      { kind: 'null', operand, negated: true, at },
      { kind: 'compare', op: '!=', left: operand, right: { kind: 'literal', value: '', at }, at },
    ],
  };
  return { kind: 'choose', when, then: outcome('true'), else: outcome('false') };
}

function judgeConditions(init: unknown): Work<Condition> {
  const { conditions } = read(z.object({ conditions: z.record(z.string(), Text) }), init);
  return {
    kind: 'judge',
    conditions: Object.entries(conditions).map(([key, text]) => ({
      key,
      when: conditionOf(text, `conditions.${key}`),
    })),
  };
}
