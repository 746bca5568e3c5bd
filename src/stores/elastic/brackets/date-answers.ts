import { parseInstant } from '../../../domain/condition/instants.ts';
import { atMost, existsQuery, NEVER, precisely, termsQuery, type Answer } from './answer.ts';
import type { FieldType, IndexedField } from './index-fields.ts';
import { leaf, NONE, or, type Query } from './query.ts';
import type { Wanted } from './wanted.ts';

type DateType = Extract<FieldType, { readonly name: 'date' }>;

/** Numbers between these are read as years by `strict_date_optional_time`, not as epoch milliseconds. */
const FIRST_YEAR = 1000;
const LAST_YEAR = 9999;
/** Years after it are asked for as one range. */
const LAST_NAMED_YEAR = 2100;

/** More of them are left to the evaluator. */
const MOST_TEXTS = 16;

const OTHER_FORMS =
  'the index reads more texts as dates than the condition does, such as "2026" and "2026-01"';
const BC_NUMBERS = 'the index has some numbers below zero as years before Christ';
const BC_DATES = 'it is compared with a date before the year 0, which not every server can be asked for';

/** The first instant that a text with four digits for the year can write. */
const FIRST_TEXT = Date.parse('0000-01-01T00:00:00Z');

export function dateAnswer(field: IndexedField, type: DateType, wanted: Wanted, plain: boolean): Answer {
  const answer = ofWanted(field, type, wanted, plain);
  return { ...answer, hides: field.skipsMalformed };
}

function ofWanted(field: IndexedField, type: DateType, wanted: Wanted, plain: boolean): Answer {
  switch (wanted.kind) {
    case 'instant':
      return instants(field, type, wanted, plain);
    case 'text':
      return texts(field, wanted);
    case 'number':
      return atMost(existsQuery(field), 'the index has numbers there as dates');
    case 'boolean':
      return NEVER;
    case 'value':
      return atMost(existsQuery(field), 'only the evaluator computes it');
  }
}

type WantedInstant = Extract<Wanted, { readonly kind: 'instant' }>;

function instants(field: IndexedField, type: DateType, wanted: WantedInstant, plain: boolean): Answer {
  const { low, high, numbers } = wanted;
  if (high < FIRST_TEXT || !isAskable(Math.ceil(low))) return atMost(existsQuery(field), BC_DATES);
  if (plain) {
    const whole = instantQuery(field, Math.ceil(low), Math.floor(high));
    if (numbers && type.bcNumbers && low < 0) return beforeChrist(field, wanted, whole);
    return numbers
      ? precisely(whole)
      : atMost(whole, 'it is no declared date field, whose numbers would be instants too');
  }
  if (!numbers) return atMost(instantQuery(field, Math.ceil(low), Math.floor(high)), OTHER_FORMS);
  // Fractions of a millisecond are cut off. A number below -999 may be read as a year before Christ, one of four
  // digits as a year that comes before 1970.
  const from = low < 0 || (type.yearNumbers && low <= LAST_YEAR) ? -Infinity : Math.floor(low);
  const to = high < 0 ? Math.ceil(high) + 1 : Math.floor(high);
  const misread = type.yearNumbers && low <= LAST_YEAR && high >= FIRST_YEAR ? yearsAfter(field, to) : NONE;
  return atMost(or([instantQuery(field, from, to), misread]), OTHER_FORMS);
}

/** The lowest number that is taken for a year. */
const LOWEST_YEAR = -9_999_999_999;

/** Numbers below zero that the index has as years come before all others, wherever they belong. */
function beforeChrist(field: IndexedField, { low, high }: WantedInstant, whole: Query): Answer {
  const any = instantQuery(field, -Infinity, Math.floor(high));
  const isSure = low < LOWEST_YEAR && high >= 0;
  return { ...atMost(any, BC_NUMBERS), sure: isSure ? whole : NONE };
}

function instantQuery({ name }: IndexedField, low: number, high: number): Query {
  if (low > high) return NONE;
  const gte = low === -Infinity ? {} : { gte: endOf(low) };
  const lte = high === Infinity ? {} : { lte: endOf(high) };
  const isWritten = Object.values({ ...gte, ...lte }).some((end) => typeof end === 'string');
  const format = isWritten ? 'epoch_millis||strict_date_time' : 'epoch_millis';
  return leaf({ range: { [name]: { ...gte, ...lte, format } } });
}

/** Whether every server takes it as the end of a range. */
function isAskable(instant: number): boolean {
  return instant >= FIRST_TEXT || instant % 1_000 === 0;
}

/** Servers before 8 refuse the milliseconds of an instant before 1970 unless they are whole seconds. */
function endOf(instant: number): number | string {
  return instant < 0 && instant % 1_000 !== 0 ? new Date(instant).toISOString() : instant;
}

/** The starts of all years that end after the instant, where numbers read as years are found. */
function yearsAfter(field: IndexedField, instant: number): Query {
  const year = new Date(instant).getUTCFullYear();
  if (year > LAST_YEAR) return NONE;
  const first = Math.max(FIRST_YEAR, year);
  const named = Array.from(
    { length: Math.max(0, LAST_NAMED_YEAR - first + 1) },
    (_, index) => `${String(first + index).padStart(4, '0')}-01-01`,
  );
  return or([termsQuery(field, named), instantQuery(field, Date.UTC(LAST_NAMED_YEAR + 1, 0, 1), Infinity)]);
}

/** Texts that are equal are one instant in the index. */
function texts(field: IndexedField, { test }: Extract<Wanted, { readonly kind: 'text' }>): Answer {
  const why = 'the index has texts there as dates';
  if (test.kind !== 'equals') return atMost(existsQuery(field), why);
  const starts = test.texts.map(parseInstant);
  const areAskable = starts.every((at) => at >= FIRST_TEXT);
  if (starts.length > MOST_TEXTS || !areAskable) return atMost(existsQuery(field), why);
  return atMost(or(starts.map((at) => instantQuery(field, at, at))), why);
}
