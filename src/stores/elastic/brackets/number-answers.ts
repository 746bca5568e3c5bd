import { atMost, existsQuery, NEVER, precisely, type Answer } from './answer.ts';
import { nextDouble, nextSingle, previousDouble, previousSingle } from './doubles.ts';
import type { FieldType, IndexedField } from './index-fields.ts';
import { ALL, leaf, NONE, type Query } from './query.ts';
import { accepts, type Wanted } from './wanted.ts';

type IntegerType = Extract<FieldType, { readonly name: 'integer' }>;
type RealType = Extract<FieldType, { readonly name: 'real' }>;

/** Both ends included. */
interface Range {
  readonly low: number;
  readonly high: number;
}

/** The largest finite values, as IEEE 754 has them. */
const LARGEST = { half: 65_504, single: 3.4028234663852886e38, double: Number.MAX_VALUE } as const;

export function numberAnswer(
  field: IndexedField,
  type: IntegerType | RealType,
  wanted: Wanted,
  plain: boolean,
): Answer {
  const isPure = plain || !type.coerces;
  const answer = ofWanted(field, type, wanted, isPure);
  return { ...answer, hides: field.skipsMalformed };
}

function ofWanted(
  field: IndexedField,
  type: IntegerType | RealType,
  wanted: Wanted,
  isPure: boolean,
): Answer {
  switch (wanted.kind) {
    case 'number':
      return type.name === 'integer'
        ? integers(field, type, wanted, isPure)
        : reals(field, type, wanted, isPure);
    case 'instant':
      // No ISO text can be read as a number.
      if (!wanted.numbers) return NEVER;
      return type.name === 'integer'
        ? integers(field, type, wanted, isPure)
        : reals(field, type, wanted, isPure);
    case 'text':
      if (isPure) return NEVER;
      // An empty text is indexed as null.
      return atMost(
        accepts(wanted.test, '') ? ALL : existsQuery(field),
        'the index has texts there as numbers',
      );
    case 'boolean':
      return NEVER;
    case 'value':
      return atMost(isPure ? existsQuery(field) : ALL, 'only the evaluator computes it');
  }
}

const TEXTS = 'texts such as "12" are indexed as numbers';

function integers(field: IndexedField, type: IntegerType, range: Range, isPure: boolean): Answer {
  const any = isPure ? wholeNumbers(range, 'at least') : cutOff(range);
  if (!isPure) return atMost(integerQuery(field, type, any), `${TEXTS}, fractions are cut off`);
  const sure = wholeNumbers(range, 'at most');
  return {
    ...precisely(integerQuery(field, type, sure)),
    any: integerQuery(field, type, any),
    why: ['the condition sees numbers beyond 2^53 rounded'],
  };
}

/** What is left of the range's numbers once their fractions are cut off. */
function cutOff({ low, high }: Range): Range {
  return { low: Math.trunc(loosely(low, 'below')), high: Math.trunc(loosely(high, 'above')) };
}

/** Whole numbers that surely are (`at most`) or may be (`at least`) in the range once JavaScript has read them. */
function wholeNumbers({ low, high }: Range, amount: 'at least' | 'at most'): Range {
  const [below, above] =
    amount === 'at least' ? (['below', 'above'] as const) : (['above', 'below'] as const);
  return { low: Math.ceil(loosely(low, below)), high: Math.floor(loosely(high, above)) };
}

/** Beyond 2^53 JavaScript rounds whole numbers to the next double. */
function loosely(value: number, side: 'below' | 'above'): number {
  if (Math.abs(value) < Number.MAX_SAFE_INTEGER) return value;
  return side === 'below' ? previousDouble(value) : nextDouble(value);
}

/** The server refuses ends that its type cannot hold. */
function integerQuery({ name }: IndexedField, { bits }: IntegerType, { low, high }: Range): Query {
  const largest = 2n ** BigInt(bits - 1) - 1n;
  const smallest = -largest - 1n;
  const [from, to] = [bigOf(low, smallest, largest), bigOf(high, smallest, largest)];
  if (from > largest || to < smallest || from > to) return NONE;
  const gte = from <= smallest ? {} : { gte: jsonOf(from) };
  const lte = to >= largest ? {} : { lte: jsonOf(to) };
  return leaf({ range: { [name]: { ...gte, ...lte } } });
}

function bigOf(value: number, smallest: bigint, largest: bigint): bigint {
  if (value === Infinity) return largest + 1n;
  return value === -Infinity ? smallest - 1n : BigInt(value);
}

/** JSON numbers lose digits on the way; the server takes texts. */
function jsonOf(value: bigint): number | string {
  return Number.isSafeInteger(Number(value)) ? Number(value) : String(value);
}

function reals(field: IndexedField, type: RealType, range: Range, isPure: boolean): Answer {
  const any = realQuery(field, type, rounded(type, range, 'at least'));
  if (!isPure) return atMost(any, type.width === 'double' ? TEXTS : `${TEXTS}, numbers are rounded`);
  return {
    ...precisely(realQuery(field, type, rounded(type, range, 'at most'))),
    any,
    why: type.width === 'double' ? [] : ['the index has numbers rounded'],
  };
}

/** The indexed numbers that come from some number of the range, or from nothing else. */
function rounded({ width }: RealType, { low, high }: Range, amount: 'at least' | 'at most'): Range {
  const out = amount === 'at least';
  switch (width) {
    case 'double':
      return { low, high };
    case 'single': {
      const [from, to] = [Math.fround(low), Math.fround(high)];
      return out
        ? { low: previousSingle(from), high: nextSingle(to) }
        : { low: nextSingle(from), high: previousSingle(to) };
    }
    case 'half': {
      const [from, to] = [halfStep(low), halfStep(high)];
      return out ? { low: low - from, high: high + to } : { low: low + from, high: high - to };
    }
  }
}

/** More than the distance of neighbours in half precision: 10 bits after the leading one, 2^-24 near zero. */
function halfStep(value: number): number {
  return Number.isFinite(value) ? Math.abs(value) * 2 ** -9 + 2 ** -20 : 0;
}

/** The server refuses ends that its type cannot hold, and documents beyond them. */
function realQuery({ name }: IndexedField, { width }: RealType, { low, high }: Range): Query {
  const largest = LARGEST[width];
  if (low > high || low > largest || high < -largest) return NONE;
  const gte = low < -largest ? {} : { gte: endOf(low) };
  const lte = high > largest ? {} : { lte: high };
  return leaf({ range: { [name]: { ...gte, ...lte } } });
}

/** The index puts -0 before 0, which are equal to the evaluator. */
function endOf(low: number): number | string {
  return low === 0 ? '-0.0' : low;
}
