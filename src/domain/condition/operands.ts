import type { Call, Field, Operand } from './ast.ts';
import type { EvaluationOptions } from './documents.ts';
import { isDateField } from './fields.ts';
import { formatInstant, parseInstant } from './instants.ts';
import { addOffset, parseOffset } from './offsets.ts';
import { staticTypeOf } from './static-type.ts';
import { Instant, UNREADABLE, type Constant } from './values.ts';

/** What a function makes of one single value; null stays null. */
export type Convert = (leaf: unknown) => unknown;

/**
 * An operand ready for evaluation. A dynamic one is a field with the functions around it, which apply to each
 * single value that the path reaches.
 */
export type CompiledOperand =
  | { readonly kind: 'constant'; readonly value: Constant }
  | { readonly kind: 'list'; readonly items: readonly SingleOperand[] }
  | DynamicOperand;

export type SingleOperand = Extract<CompiledOperand, { readonly kind: 'constant' }> | DynamicOperand;

export interface DynamicOperand {
  readonly kind: 'dynamic';
  readonly field: Field;
  readonly convert: Convert | null;
  /** A declared date field by itself: its values are instants, yet keep their text. */
  readonly dated: boolean;
  /** What is compared with its values is read as an instant. */
  readonly instants: boolean;
}

/** What comparing sees of one single value. */
export function leafOf({ convert, dated }: DynamicOperand, leaf: unknown): unknown {
  if (convert !== null) return convert(leaf);
  return dated ? toInstant(leaf) : leaf;
}

/** Computes what does not depend on a document; parsing of offsets and zones ends here. */
export function compileOperand(operand: Operand, options: EvaluationOptions): CompiledOperand {
  switch (operand.kind) {
    case 'field': {
      const dated = isDateField(operand, options.dateFields);
      return { kind: 'dynamic', field: operand, convert: null, dated, instants: dated };
    }
    case 'literal':
      return { kind: 'constant', value: operand.value };
    case 'list':
      return { kind: 'list', items: operand.items.flatMap((item) => singles(compileOperand(item, options))) };
    case 'call':
      return compileCall(operand, options);
  }
}

function singles(operand: CompiledOperand): readonly SingleOperand[] {
  return operand.kind === 'list' ? operand.items : [operand];
}

function compileCall(call: Call, options: EvaluationOptions): CompiledOperand {
  const { now } = options;
  switch (call.name) {
    case 'now':
      return instant(now, call.args.length === 0 ? 'UTC' : textOf(call.args[0]));
    case 'utcnow':
      return instant(now, 'UTC');
    case 'now.offset':
      return instant(addOffset(now, offsetOf(call.args[0]), 'UTC'), 'UTC');
    case 'now.timezone.offset': {
      const zone = textOf(call.args[0]);
      return instant(addOffset(now, offsetOf(call.args[1]), zone), zone);
    }
    case 'datetime':
      return applied(call, options, toInstant);
    case 'datetime.offset':
      return applied(call, options, shifted(call.args[1]));
    case 'datetime.timezone':
      return applied(call, options, zoned(textOf(call.args[1])));
    case 'datetime.from_timestamp':
      return applied(call, options, fromTimestamp);
    case 'lowercase':
      return applied(
        call,
        options,
        onText((text) => text.toLowerCase()),
      );
    case 'uppercase':
      return applied(
        call,
        options,
        onText((text) => text.toUpperCase()),
      );
  }
}

function instant(epochMs: number, zone: string): CompiledOperand {
  return { kind: 'constant', value: new Instant(epochMs, zone) };
}

/** A function of its first argument: computed now where that is constant. */
function applied(call: Call, options: EvaluationOptions, convert: Convert): CompiledOperand {
  const [first] = call.args;
  if (first === undefined) throw new Error(`${call.name} without an argument`);
  const argument = compileOperand(first, options);
  switch (argument.kind) {
    case 'constant':
      return { kind: 'constant', value: toConstant(convert(argument.value)) };
    case 'list':
      throw new Error(`${call.name} of a list`);
    case 'dynamic': {
      const inner = argument.convert;
      const both: Convert = inner === null ? convert : (leaf) => convert(inner(leaf));
      const instants = staticTypeOf(call) === 'instant';
      return { kind: 'dynamic', field: argument.field, convert: both, dated: false, instants };
    }
  }
}

/** The parser has refused whatever a function cannot read, so this holds for every parsed condition. */
function toConstant(value: unknown): Constant {
  if (value instanceof Instant || typeof value === 'string') return value;
  throw new Error('a function of a literal that it cannot read');
}

function textOf(operand: Operand | undefined): string {
  if (operand?.kind === 'literal' && typeof operand.value === 'string') return operand.value;
  throw new Error('a time zone or offset that is no text');
}

function offsetOf(operand: Operand | undefined): NonNullable<ReturnType<typeof parseOffset>> {
  const offset = parseOffset(textOf(operand));
  if (offset === null) throw new Error('an offset that was not checked');
  return offset;
}

/** Epoch milliseconds beyond it are no date in JavaScript, and no calendar step or text can be made of them. */
const LAST_EPOCH_MS = 8.64e15;

/** A text in ISO 8601 or a number of epoch milliseconds, as Elasticsearch reads a date field. */
export function epochOf(value: unknown): number {
  if (typeof value === 'string') return parseInstant(value);
  if (value instanceof Instant) return value.epochMs;
  return typeof value === 'number' && Math.abs(value) <= LAST_EPOCH_MS ? value : NaN;
}

export function toInstant(leaf: unknown): unknown {
  if (leaf === null || leaf === undefined || leaf instanceof Instant) return leaf;
  return readable(epochOf(leaf), 'UTC');
}

function readable(epochMs: number, zone: string): unknown {
  return Math.abs(epochMs) <= LAST_EPOCH_MS ? new Instant(epochMs, zone) : UNREADABLE;
}

function shifted(by: Operand | undefined): Convert {
  const offset = offsetOf(by);
  return (leaf) => {
    const start = toInstant(leaf);
    return start instanceof Instant
      ? readable(addOffset(start.epochMs, offset, start.zone), start.zone)
      : start;
  };
}

function zoned(zone: string): Convert {
  return (leaf) => {
    const start = toInstant(leaf);
    return start instanceof Instant ? new Instant(start.epochMs, zone) : start;
  };
}

function fromTimestamp(leaf: unknown): unknown {
  if (leaf === null || leaf === undefined) return leaf;
  return typeof leaf === 'number' ? readable(leaf * 1000, 'UTC') : UNREADABLE;
}

function onText(change: (text: string) => string): Convert {
  return (leaf) => {
    if (leaf === null || leaf === undefined) return leaf;
    const text = leaf instanceof Instant ? formatInstant(leaf.epochMs, leaf.zone) : leaf;
    return typeof text === 'string' ? change(text) : UNREADABLE;
  };
}
