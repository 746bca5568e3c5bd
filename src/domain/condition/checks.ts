import type { ComparisonOperator, FunctionName, Literal, Operand } from './ast.ts';
import type { Written } from './calls.ts';
import { compareCodePoints } from './code-points.ts';
import { ConditionError } from './condition-error.ts';
import { parseInstant } from './instants.ts';
import { MAX_LIST_ITEMS } from './limits.ts';
import { parseOffset } from './offsets.ts';
import { staticTypeOf, type StaticType } from './static-type.ts';

/** Refuses a comparison that could never be true, whatever the document. */
export function checkComparison(op: ComparisonOperator, left: Written, right: Written): void {
  const type = staticTypeOf(right.operand);
  const ordered = op !== '==' && op !== '!=';
  if (ordered && (type === 'list' || type === 'null' || type === 'boolean')) {
    throw new ConditionError(
      `found ${NAMES[type]} after ${op}, expected a number, a text, a date or a field: nothing else has an order`,
      right.span,
    );
  }
  checkComparable(left, right);
}

/** Refuses types that never match, and a text that is no date beside one. */
export function checkComparable(left: Written, right: Written): void {
  checkTypes(left, right);
  if (staticTypeOf(left.operand) === 'instant') checkDates(right);
  if (staticTypeOf(right.operand) === 'instant') checkDates(left);
}

/** Refuses what a value of the left side's type can never equal, be ordered with or contain. */
export function checkTypes(left: Written, right: Written): void {
  const type = staticTypeOf(left.operand);
  for (const other of typesOf(right.operand)) {
    if (canMeet(type, other)) continue;
    throw new ConditionError(
      `found ${NAMES[other]} beside ${NAMES[type]}: values of different types never match`,
      right.span,
    );
  }
}

function typesOf(operand: Operand): readonly StaticType[] {
  return operand.kind === 'list' ? operand.items.map(staticTypeOf) : [staticTypeOf(operand)];
}

/** A function of null is null, and a text beside a date is read as one. */
function canMeet(a: StaticType, b: StaticType): boolean {
  const types = [a, b];
  if (a === b || types.includes('unknown') || types.includes('null')) return true;
  return types.includes('text') && types.includes('instant');
}

const NAMES: Readonly<Record<StaticType, string>> = {
  null: 'NULL',
  boolean: 'TRUE or FALSE',
  number: 'a number',
  text: 'a text',
  instant: 'a date',
  list: 'a list',
  unknown: 'a field',
};

/** What stands beside an instant is read as one. */
function checkDates({ operand, span }: Written): void {
  const items = operand.kind === 'list' ? operand.items : [operand];
  for (const item of items) {
    if (item.kind !== 'literal' || typeof item.value !== 'string' || !Number.isNaN(parseInstant(item.value)))
      continue;
    throw new ConditionError(`"${item.value}" is no ISO 8601 date, and it is compared with one`, span);
  }
}

/** The values of a list; a list in a list is the same any-of, so it is spread. */
export function toItems(values: readonly Written[], span: Written['span']): readonly Operand[] {
  const items = values.flatMap(({ operand }) => (operand.kind === 'list' ? operand.items : [operand]));
  if (items.length === 0) {
    throw new ConditionError('found [], which nothing equals; an empty list is tested by EMPTY', span);
  }
  if (items.length > MAX_LIST_ITEMS) {
    throw new ConditionError(
      `the list has ${items.length} values, more than the limit of ${MAX_LIST_ITEMS}`,
      span,
    );
  }
  return items;
}

/** Refuses ends of different types and ends in the wrong order: nothing would lie between them. */
export function checkBetween(operand: Written, low: Written, high: Written): void {
  const [lowType, highType] = [staticTypeOf(low.operand), staticTypeOf(high.operand)];
  for (const [type, end] of [
    [lowType, low],
    [highType, high],
  ] as const) {
    if (type === 'number' || type === 'text' || type === 'instant') continue;
    throw new ConditionError(
      `found ${NAMES[type]} as an end of BETWEEN, expected a number, a text or a date`,
      end.span,
    );
  }
  if (lowType !== highType) {
    const dates =
      lowType === 'instant' || highType === 'instant' ? '; write a date as datetime("2026-11-21")' : '';
    throw new ConditionError(
      `the ends of BETWEEN are of different types: ${NAMES[lowType]} and ${NAMES[highType]}${dates}`,
      high.span,
    );
  }
  for (const end of [low, high]) checkComparable(operand, end);
  if (areReversed(endOf(low.operand), endOf(high.operand))) {
    throw new ConditionError('the ends of BETWEEN are reversed: nothing lies between them', low.span);
  }
}

/** An end whose place is known before the slot is; `fromSlot` counts milliseconds after it. */
type End = { readonly value: number | string } | { readonly fromSlot: number } | null;

function areReversed(low: End, high: End): boolean {
  if (low === null || high === null) return false;
  if ('fromSlot' in low && 'fromSlot' in high) return low.fromSlot > high.fromSlot;
  if ('fromSlot' in low || 'fromSlot' in high) return false;
  const [from, to] = [low.value, high.value];
  if (typeof from === 'number' && typeof to === 'number') return from > to;
  const asDates = parseInstant(String(from)) <= parseInstant(String(to));
  return compareCodePoints(String(from), String(to)) > 0 && !asDates;
}

function endOf(operand: Operand): End {
  if (operand.kind === 'literal') {
    return typeof operand.value === 'boolean' || operand.value === null ? null : { value: operand.value };
  }
  if (operand.kind !== 'call') return null;
  const literals = operand.args.flatMap((arg) => (arg.kind === 'literal' ? [arg.value] : []));
  return literals.length === operand.args.length ? endOfCall(operand.name, literals) : null;
}

function endOfCall(name: FunctionName, args: readonly Literal['value'][]): End {
  switch (name) {
    case 'now':
    case 'utcnow':
      return { fromSlot: 0 };
    case 'now.offset':
    case 'now.timezone.offset':
      return fromSlot(String(args.at(-1)));
    case 'datetime':
    case 'datetime.timezone':
      return { value: parseInstant(String(args[0])) };
    case 'datetime.from_timestamp':
      return { value: Number(args[0]) * 1000 };
    case 'datetime.offset':
    case 'lowercase':
    case 'uppercase':
      return null;
  }
}

/** Calendar steps have no fixed length, so nothing is said about them. */
function fromSlot(text: string): End {
  const offset = parseOffset(text);
  return offset === null || offset.months !== 0 ? null : { fromSlot: offset.milliseconds };
}
