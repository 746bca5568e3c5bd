import { atMost, existsQuery, NEVER, precisely, termsQuery, type Answer } from './answer.ts';
import { EXPENSIVE, type IndexedField } from './index-fields.ts';
import { leaf, or, type Query } from './query.ts';
import type { TextEnds, TextTest, Wanted } from './wanted.ts';

const DAY = 86_400_000;
/**
 * Parts and ends are automata to the server, a state for each byte: with more than 1,000 it refuses them, and 7.x has
 * died of some thousands.
 */
const LONGEST_PART = 256;
/** Terms have 32,766 bytes at the most (Lucene), and the server refuses to be asked for longer ones. */
const LONGEST_TEXT = 8_191;
/** Numbers are kept as the document writes them: `5`, `5.0`, `-5e3`. All start between these two. */
const NUMBERS = { gte: '-', lt: ':' } as const;
/** After every text, but for such as start with it. */
const LAST = '\u{10ffff}'.repeat(8);

/** Where beginnings of an end are asked for: of a longer one they are too many. */
const LONGEST_END = 32;

const AS_TEXT = 'numbers, TRUE and FALSE are indexed as text';
const NORMALIZED = 'the index has texts normalised';
const BROKEN =
  'it is compared with a text that the index cannot place: too long, or in private or broken characters';

/** A keyword, and a leaf of a flattened field: each single value as one text. */
export function keywordAnswer(field: IndexedField, wanted: Wanted, plain: boolean): Answer {
  const answer = ofWanted(field, wanted, plain);
  return { ...answer, hides: hides(field, wanted) };
}

function ofWanted(field: IndexedField, wanted: Wanted, plain: boolean): Answer {
  if (!field.allowsExpensive && isExpensive(wanted, plain)) return atMost(existsQuery(field), EXPENSIVE);
  switch (wanted.kind) {
    case 'number':
      return plain ? NEVER : atMost(numbers(field), AS_TEXT);
    case 'boolean':
      return plain ? NEVER : atMost(termsQuery(field, [String(wanted.value)]), AS_TEXT);
    case 'text':
      return ofText(field, wanted.test, plain);
    case 'instant': {
      const texts = days(field, wanted.low, wanted.high);
      return atMost(
        wanted.numbers && !plain ? or([texts, numbers(field)]) : texts,
        'the index has dates there as text',
      );
    }
    case 'value':
      return atMost(existsQuery(field), 'only the evaluator computes it');
  }
}

/** Ranges and parts of texts; whole ones are cheap. */
function isExpensive(wanted: Wanted, plain: boolean): boolean {
  switch (wanted.kind) {
    case 'number':
      return !plain;
    case 'text':
      return wanted.test.kind !== 'equals';
    case 'instant':
      return true;
    case 'boolean':
    case 'value':
      return false;
  }
}

/** Whether a wanted value may be too long for the index. */
function hides({ type }: IndexedField, wanted: Wanted): boolean {
  const limit = type.name === 'keyword' || type.name === 'flattened' ? type.ignoreAbove : null;
  if (limit === null) return false;
  if (wanted.kind === 'boolean') return String(wanted.value).length > limit;
  if (wanted.kind !== 'text' || wanted.test.kind !== 'equals') return true;
  return wanted.test.texts.some((text) => text.length > limit);
}

function isNormalized({ type }: IndexedField): boolean {
  return type.name === 'keyword' && type.normalized;
}

function numbers(field: IndexedField): Query {
  return isNormalized(field) ? existsQuery(field) : leaf({ range: { [field.name]: NUMBERS } });
}

/** ISO texts start with their day, which their zone moves by less than a day. */
function days(field: IndexedField, low: number, high: number): Query {
  if (isNormalized(field)) return existsQuery(field);
  const gte = dayOf(low - DAY) ?? '0';
  const lt = dayOf(high + 2 * DAY) ?? ':';
  return leaf({ range: { [field.name]: { gte, lt } } });
}

function dayOf(epochMs: number): string | null {
  const year = new Date(epochMs).getUTCFullYear();
  return year >= 0 && year <= 9999 ? new Date(epochMs).toISOString().slice(0, 10) : null;
}

function ofText(field: IndexedField, test: TextTest, plain: boolean): Answer {
  switch (test.kind) {
    case 'equals':
      return equals(field, test.texts, plain);
    case 'order':
      return order(field, test.ends, plain);
    case 'prefix':
    case 'part':
    case 'suffix':
      return atMost(
        partQuery(field, test.kind, test.text),
        'the index does not tell a list from a single text, nor the order of a list',
      );
  }
}

function equals(field: IndexedField, texts: readonly string[], plain: boolean): Answer {
  const certain = isNormalized(field) ? [] : texts.filter((text) => plain || !isWrittenAlike(text));
  const why = isNormalized(field) ? NORMALIZED : AS_TEXT;
  if (texts.some((text) => isBroken(text) || text.length > LONGEST_TEXT))
    return atMost(existsQuery(field), BROKEN);
  return {
    ...precisely(termsQuery(field, certain)),
    any: termsQuery(field, texts),
    why: certain.length === texts.length ? [] : [why],
  };
}

/** The text of a number or a boolean too, or of a text with half a surrogate pair, which is indexed as ? or U+FFFD. */
function isWrittenAlike(text: string): boolean {
  return /^-?\d|[?\ufffd]/.test(text) || text === 'true' || text === 'false';
}

function isBroken(text: string): boolean {
  return /\p{Surrogate}/u.test(text);
}

function order(field: IndexedField, ends: TextEnds, plain: boolean): Answer {
  if (isNormalized(field)) return atMost(existsQuery(field), NORMALIZED);
  const texts = Object.values(ends).flatMap((end: unknown) => (typeof end === 'string' ? [end] : []));
  const isLong = texts.some((text) => text.length > (plain ? LONGEST_PART : LONGEST_END));
  if (isLong || texts.some((text) => /[\ue000-\uffff]/.test(text) || isBroken(text)))
    return atMost(existsQuery(field), BROKEN);
  const range = rangeQuery(field, ends);
  const beyond = field.type.name === 'flattened' && isOpenAbove(ends) ? [prefixQuery(field, LAST)] : [];
  if (plain) return { ...precisely(range), any: or([range, ...beyond]) };
  return {
    any: or([range, ...beyond, ...misplaced(field, ends.gt ?? ends.gte)]),
    hides: false,
    sure: range,
    unless: or([
      numbers(field),
      termsQuery(field, ['true', 'false']),
      ...misplaced(field, ends.lt ?? ends.lte),
    ]),
    why: [AS_TEXT],
  };
}

/**
 * Texts that go along with the end up to half of a surrogate pair, which comes after nearly everything: it is indexed
 * as ?, which comes before every letter. A text cut in the middle of an emoji is no rarity.
 */
function misplaced(field: IndexedField, end: string | undefined): readonly Query[] {
  const characters = Array.from(end ?? '');
  return characters.flatMap((character, index) =>
    character >= '?' ? [prefixQuery(field, `${characters.slice(0, index).join('')}?`)] : [],
  );
}

function isOpenAbove({ lt, lte }: TextEnds): boolean {
  return lt === undefined && lte === undefined;
}

/** A flattened field knows ranges with two ends only. */
function rangeQuery(field: IndexedField, ends: TextEnds): Query {
  const isKeyed = field.type.name === 'flattened';
  const low = isKeyed && ends.gt === undefined && ends.gte === undefined ? { gte: '' } : {};
  const high = isKeyed && isOpenAbove(ends) ? { lte: LAST } : {};
  return leaf({ range: { [field.name]: { ...ends, ...low, ...high } } });
}

function prefixQuery({ name }: IndexedField, value: string): Query {
  return leaf({ prefix: { [name]: { value } } });
}

function partQuery(field: IndexedField, kind: 'prefix' | 'part' | 'suffix', text: string): Query {
  // Half a pair is a part of texts that hold the whole one, but not so in the index.
  const isAskable = text !== '' && text.length <= LONGEST_PART && !isBroken(text);
  if (isNormalized(field) || !isAskable) return existsQuery(field);
  if (kind === 'prefix') return prefixQuery(field, text);
  if (field.type.name === 'flattened') return existsQuery(field);
  const literal = text.replace(/[\\*?]/g, '\\$&');
  const value = kind === 'part' ? `*${literal}*` : `*${literal}`;
  return leaf({ wildcard: { [field.name]: { value } } });
}
