import { DateTime } from 'luxon';
import type { Call, Condition, Operand, PathStep, TestNode } from '../../../src/domain/condition/ast.ts';

/**
 * The condition language as plainly as it can be said, for comparison with the evaluator: slow, and sharing no
 * code with it.
 */
export interface ReferenceOptions {
  readonly now: number;
  /** Paths such as `metadata.time.*`, where a last `*` is any rest. */
  readonly datePatterns: readonly string[];
}

interface ReferenceResult {
  readonly verdict: boolean;
  readonly mismatches: number;
}

/** Evaluates left to right, stopping as soon as the verdict is known. */
export function evaluateReference(
  condition: Condition,
  documents: object,
  options: ReferenceOptions,
): ReferenceResult {
  if (isTest(condition)) return new ReferenceTest(documents, options).evaluate(condition);
  switch (condition.kind) {
    case 'and':
      return untilDecided(condition.terms, false, documents, options);
    case 'or':
      return untilDecided(condition.terms, true, documents, options);
    case 'not': {
      const { verdict, mismatches } = evaluateReference(condition.term, documents, options);
      return { verdict: !verdict, mismatches };
    }
  }
}

function isTest(condition: Condition): condition is TestNode {
  return !['and', 'or', 'not'].includes(condition.kind);
}

function untilDecided(
  terms: readonly Condition[],
  deciding: boolean,
  documents: object,
  options: ReferenceOptions,
): ReferenceResult {
  let mismatches = 0;
  for (const term of terms) {
    const result = evaluateReference(term, documents, options);
    mismatches += result.mismatches;
    if (result.verdict === deciding) return { verdict: deciding, mismatches };
  }
  return { verdict: !deciding, mismatches };
}

/** What one comparison of two single values says. */
type Outcome = 'true' | 'false' | 'mismatch' | 'nothing';

/** A value as comparisons see it. */
type Value =
  | { readonly type: 'null' | 'NULL' | 'object' | 'unreadable' }
  | { readonly type: 'boolean'; readonly value: boolean }
  | { readonly type: 'number'; readonly value: number }
  | { readonly type: 'string'; readonly value: string }
  | {
      readonly type: 'instant';
      readonly ms: number;
      readonly zone: string;
      readonly written?: string | number;
    }
  | { readonly type: 'list'; readonly elements: readonly Value[] };

class ReferenceTest {
  readonly #documents: object;
  readonly #options: ReferenceOptions;

  constructor(documents: object, options: ReferenceOptions) {
    this.#documents = documents;
    this.#options = options;
  }

  evaluate(test: TestNode): ReferenceResult {
    switch (test.kind) {
      case 'compare': {
        const op = test.op === '!=' ? '==' : test.op;
        return summary(
          this.#pairs(test.left, test.right, (a, b) => compare(op, a, b)),
          test.op === '!=',
        );
      }
      case 'in':
        return summary(
          this.#pairs(test.left, test.right, (a, b) => compare('==', a, b)),
          test.negated,
        );
      case 'between':
        return summary(this.#between(test.operand, test.low, test.high), false);
      case 'contains':
      case 'starts-with':
      case 'ends-with': {
        const parts = this.#values(test.right).flatMap(leaves);
        const { kind } = test;
        const outcomes = this.#values(test.left).flatMap((value) =>
          parts.flatMap((part) => textOutcomes(kind, value, part)),
        );
        return summary(outcomes, test.negated);
      }
      case 'exists':
        return { verdict: this.#raw(test.operand).length > 0 !== test.negated, mismatches: 0 };
      case 'null': {
        const passing = this.#raw(test.operand).filter((value) => (value === null) !== test.negated);
        return { verdict: passing.length > 0, mismatches: 0 };
      }
      case 'empty':
        return { verdict: this.#raw(test.operand).every(isNothing) !== test.negated, mismatches: 0 };
    }
  }

  #pairs(left: Operand, right: Operand, outcome: (a: Value, b: Value) => Outcome): readonly Outcome[] {
    const others = this.#values(right).flatMap(leaves);
    return this.#values(left)
      .flatMap(leaves)
      .flatMap((a) => others.map((b) => outcome(a, b)));
  }

  #between(operand: Operand, low: Operand, high: Operand): readonly Outcome[] {
    const [lows, highs] = [this.#values(low).flatMap(leaves), this.#values(high).flatMap(leaves)];
    return this.#values(operand)
      .flatMap(leaves)
      .map((value) => {
        const above = best(lows.map((end) => compare('>=', value, end)));
        const below = best(highs.map((end) => compare('<=', value, end)));
        return worse(above, below);
      });
  }

  /** Every value that the operand has in the documents; none when it is missing. */
  #values(operand: Operand): readonly Value[] {
    switch (operand.kind) {
      case 'literal':
        return [operand.value === null ? { type: 'NULL' } : toValue(operand.value)];
      case 'list':
        return operand.items.flatMap((item) => this.#values(item));
      case 'field': {
        const dated = operand.source === 'profile' && this.#isDate(operand.path);
        return this.#raw(operand).map((raw) => (dated ? mapLeaves(toValue(raw), toDate) : toValue(raw)));
      }
      case 'call':
        return this.#call(operand);
    }
  }

  #call(call: Call): readonly Value[] {
    const text = (index: number): string => {
      const arg = call.args[index];
      return arg?.kind === 'literal' ? String(arg.value) : '';
    };
    const now = (zone: string): Value => ({ type: 'instant', ms: this.#options.now, zone });
    const ofFirst = (change: (value: Value) => Value): readonly Value[] => {
      const [first] = call.args;
      return first === undefined ? [] : this.#values(first).map((value) => mapLeaves(value, change));
    };
    switch (call.name) {
      case 'now':
        return [now(call.args.length === 0 ? 'UTC' : text(0))];
      case 'utcnow':
        return [now('UTC')];
      case 'now.offset':
        return [later(now('UTC'), text(0))];
      case 'now.timezone.offset':
        return [later(now(text(0)), text(1))];
      case 'datetime':
        return ofFirst(toInstant);
      case 'datetime.offset':
        return ofFirst((value) => later(toInstant(value), text(1)));
      case 'datetime.timezone':
        return ofFirst((value) => {
          const at = toInstant(value);
          return at.type === 'instant' ? { type: 'instant', ms: at.ms, zone: text(1) } : at;
        });
      case 'datetime.from_timestamp':
        return ofFirst((value) => {
          if (value.type === 'null') return value;
          const written =
            value.type === 'instant' ? value.written : value.type === 'number' ? value.value : null;
          return typeof written === 'number' ? instant(written * 1000, 'UTC') : { type: 'unreadable' };
        });
      case 'lowercase':
        return ofFirst((value) => changeText(value, (written) => written.toLowerCase()));
      case 'uppercase':
        return ofFirst((value) => changeText(value, (written) => written.toUpperCase()));
    }
  }

  /** The JSON values at the operand's field; functions do not change whether something is there. */
  #raw(operand: Operand): readonly unknown[] {
    if (operand.kind === 'field')
      return follow(
        Object.entries(this.#documents).find(([source]) => source === operand.source)?.[1],
        operand.path,
      );
    if (operand.kind === 'literal') return [operand.value];
    const [first] = operand.kind === 'call' ? operand.args : [];
    const ofField = operand.kind === 'call' && !operand.name.startsWith('now') && operand.name !== 'utcnow';
    return ofField && first !== undefined ? this.#raw(first) : ['a constant'];
  }

  #isDate(path: readonly PathStep[]): boolean {
    const keys = path.flatMap((step) => (step.kind === 'key' ? [step.key] : []));
    return this.#options.datePatterns.some((pattern) => {
      const wanted = pattern.split('.');
      if (wanted.at(-1) !== '*')
        return wanted.length === keys.length && wanted.every((key, index) => key === keys[index]);
      return keys.length >= wanted.length && wanted.slice(0, -1).every((key, index) => key === keys[index]);
    });
  }
}

function follow(value: unknown, path: readonly PathStep[]): readonly unknown[] {
  const [step, ...rest] = path;
  if (step === undefined) return value === undefined ? [] : [value];
  if (Array.isArray(value)) {
    if (step.kind === 'index') return value.length > step.index ? follow(value[step.index], rest) : [];
    return value.flatMap((element: unknown) =>
      typeof element === 'object' && element !== null ? follow(element, path) : [],
    );
  }
  if (typeof value !== 'object' || value === null) return [];
  const key = step.kind === 'key' ? step.key : String(step.index);
  const entry = Object.entries(value).find(([name]) => name === key);
  return entry === undefined ? [] : follow(entry[1], rest);
}

function isNothing(value: unknown): boolean {
  return value === null || ['""', '[]', '{}'].includes(JSON.stringify(value));
}

function toValue(raw: unknown): Value {
  if (raw === null) return { type: 'null' };
  if (typeof raw === 'boolean') return { type: 'boolean', value: raw };
  if (typeof raw === 'number') return { type: 'number', value: raw };
  if (typeof raw === 'string') return { type: 'string', value: raw };
  return Array.isArray(raw) ? { type: 'list', elements: raw.map(toValue) } : { type: 'object' };
}

function leaves(value: Value): readonly Value[] {
  return value.type === 'list' ? value.elements.flatMap(leaves) : [value];
}

function mapLeaves(value: Value, change: (leaf: Value) => Value): Value {
  if (value.type !== 'list') return change(value);
  return { type: 'list', elements: value.elements.map((element) => mapLeaves(element, change)) };
}

/** A declared date field's value: an instant that still has its written form. */
function toDate(value: Value): Value {
  if (value.type !== 'string' && value.type !== 'number') return toInstant(value);
  const at = toInstant(value);
  return { type: 'instant', ms: at.type === 'instant' ? at.ms : NaN, zone: 'UTC', written: value.value };
}

function toInstant(value: Value): Value {
  switch (value.type) {
    case 'null':
      return value;
    case 'instant':
      return instant(value.ms, value.zone);
    case 'string':
      return instant(readIso(value.value) ?? NaN, 'UTC');
    case 'number':
      return instant(value.value, 'UTC');
    case 'boolean':
    case 'list':
    case 'object':
    case 'unreadable':
    case 'NULL':
      return { type: 'unreadable' };
  }
}

function instant(ms: number, zone: string): Value {
  return Number.isNaN(new Date(ms).getTime()) ? { type: 'unreadable' } : { type: 'instant', ms, zone };
}

function readIso(text: string): number | null {
  const parts =
    /^(\d{4})-(\d\d)-(\d\d)(?:[T ](\d\d):(\d\d)(?::(\d\d)(?:\.(\d+))?)?(Z|[+-]\d\d(?::?\d\d)?)?)?$/.exec(
      text,
    );
  if (parts === null) return null;
  const [, year, month, day, hour = '0', minute = '0', second = '0', fraction = '', zone = 'Z'] = parts;
  const date = DateTime.fromObject(
    {
      year: Number(year),
      month: Number(month),
      day: Number(day),
      hour: Number(hour),
      minute: Number(minute),
      second: Number(second),
    },
    { zone: 'UTC' },
  );
  if (!date.isValid || Number(hour) > 23) return null;
  const [, sign = '+', hours = '0', minutes = '0'] = /^([+-])(\d\d):?(\d\d)?$/.exec(zone) ?? [];
  if (Number(hours) > 23 || Number(minutes) > 59) return null;
  const east = (sign === '-' ? -1 : 1) * (Number(hours) * 60 + Number(minutes)) * 60_000;
  return date.toMillis() + Number(fraction.padEnd(3, '0').slice(0, 3)) - east;
}

const UNIT_SECONDS = { s: 1, m: 60, h: 3600, d: 86_400, w: 604_800 };

function later(value: Value, offset: string): Value {
  if (value.type !== 'instant') return value;
  const sign = offset.startsWith('-') ? -1 : 1;
  let months = 0;
  let seconds = 0;
  for (const [, count, unit = ''] of offset.matchAll(/(\d+)\s*([a-z]+)/g)) {
    if (unit.startsWith('y')) months += 12 * Number(count);
    else if (unit.startsWith('mo')) months += Number(count);
    else
      seconds +=
        Number(count) * (Object.entries(UNIT_SECONDS).find(([name]) => unit.startsWith(name))?.[1] ?? NaN);
  }
  const stepped = DateTime.fromMillis(value.ms, { zone: value.zone }).plus({ months: sign * months });
  const ms = months === 0 ? value.ms : stepped.toMillis();
  return instant(ms + sign * seconds * 1000, value.zone);
}

function changeText(value: Value, change: (text: string) => string): Value {
  if (value.type === 'null') return value;
  const text = writtenForm(value);
  return text === null ? { type: 'unreadable' } : { type: 'string', value: change(text) };
}

function writtenForm(value: Value): string | null {
  if (value.type === 'string') return value.value;
  if (value.type !== 'instant') return null;
  if (value.written !== undefined) return typeof value.written === 'string' ? value.written : null;
  return DateTime.fromMillis(value.ms, { zone: value.zone }).toISO();
}

type Op = '==' | '<' | '<=' | '>' | '>=';

function compare(op: Op, a: Value, b: Value): Outcome {
  if (b.type === 'NULL') return op === '==' ? (a.type === 'null' ? 'true' : 'false') : 'nothing';
  if (a.type === 'null' || b.type === 'null') return 'nothing';
  if (a.type === 'instant' || b.type === 'instant') {
    const [from, to] = [a, b].map((value) =>
      value.type === 'instant' ? value.ms : value.type === 'string' ? (readIso(value.value) ?? NaN) : NaN,
    );
    return Number.isNaN(from) || Number.isNaN(to)
      ? 'mismatch'
      : outcomeOf(op, Math.sign((from ?? 0) - (to ?? 0)));
  }
  if (a.type === 'number' && b.type === 'number') return outcomeOf(op, Math.sign(a.value - b.value));
  if (a.type === 'string' && b.type === 'string') return outcomeOf(op, byCodePoint(a.value, b.value));
  if (a.type === 'boolean' && b.type === 'boolean' && op === '==')
    return a.value === b.value ? 'true' : 'false';
  return 'mismatch';
}

function outcomeOf(op: Op, order: number): Outcome {
  const passing = { '==': [0], '<': [-1], '<=': [-1, 0], '>': [1], '>=': [0, 1] }[op];
  return passing.some((sign) => sign === order) ? 'true' : 'false';
}

function byCodePoint(a: string, b: string): number {
  const [left, right] = [a, b].map((text) => Array.from(text, (character) => character.codePointAt(0) ?? 0));
  for (let index = 0; ; index += 1) {
    const [x, y] = [left?.[index] ?? -1, right?.[index] ?? -1];
    if (x !== y) return x < y ? -1 : 1;
    if (x === -1) return 0;
  }
}

function textOutcomes(
  kind: 'contains' | 'starts-with' | 'ends-with',
  value: Value,
  part: Value,
): readonly Outcome[] {
  if (value.type === 'list') {
    const { elements } = value;
    const tested =
      kind === 'contains' ? elements : kind === 'starts-with' ? elements.slice(0, 1) : elements.slice(-1);
    return tested.flatMap(leaves).map((element) => compare('==', element, part));
  }
  if (value.type === 'null' || part.type === 'null') return ['nothing'];
  const text = writtenForm(value);
  if (text === null || part.type !== 'string') return ['mismatch'];
  if (kind === 'contains') return [text.includes(part.value) ? 'true' : 'false'];
  return [
    (kind === 'starts-with' ? text.startsWith(part.value) : text.endsWith(part.value)) ? 'true' : 'false',
  ];
}

const WEAKEST_FIRST: readonly Outcome[] = ['nothing', 'mismatch', 'false', 'true'];

function best(outcomes: readonly Outcome[]): Outcome {
  return outcomes.reduce<Outcome>(
    (a, b) => (WEAKEST_FIRST.indexOf(a) > WEAKEST_FIRST.indexOf(b) ? a : b),
    'nothing',
  );
}

function worse(a: Outcome, b: Outcome): Outcome {
  return WEAKEST_FIRST.indexOf(a) < WEAKEST_FIRST.indexOf(b) ? a : b;
}

function summary(outcomes: readonly Outcome[], negated: boolean): ReferenceResult {
  const outcome = best(outcomes);
  return { verdict: (outcome === 'true') !== negated, mismatches: outcome === 'mismatch' ? 1 : 0 };
}
