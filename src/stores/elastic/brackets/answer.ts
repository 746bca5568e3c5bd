import type { IndexedField } from './index-fields.ts';
import type { Bounds } from './bounds.ts';
import { ALL, and, clausesOf, leaf, NONE, not, or, toDsl, type Query } from './query.ts';

/** What a field's index says of "some value at the path is wanted". */
export interface Answer {
  /** Holds for every document with a wanted value, unless that value was left out of the index. */
  readonly any: Query;
  /** A wanted value may have been left out. */
  readonly hides: boolean;
  /** Holds only for documents with a wanted value at this field, unless `unless` holds too. */
  readonly sure: Query;
  readonly unless: Query;
  /** Why the two differ, for people. */
  readonly why: readonly string[];
}

/** No value of this field is wanted, whatever is indexed. */
export const NEVER: Answer = { any: NONE, hides: false, sure: NONE, unless: NONE, why: [] };

/** The query holds where a wanted value is indexed, and only there. */
export function precisely(query: Query): Answer {
  return { any: query, hides: false, sure: query, unless: NONE, why: [] };
}

export function atMost(any: Query, why: string): Answer {
  return { any, hides: false, sure: NONE, unless: NONE, why: [why] };
}

export function existsQuery({ name }: Pick<IndexedField, 'name'>): Query {
  return leaf({ exists: { field: name } });
}

export function termsQuery(
  { name }: Pick<IndexedField, 'name'>,
  values: readonly (string | boolean)[],
): Query {
  if (values.length === 0) return NONE;
  return leaf({ terms: { [name]: [...values] } });
}

/** Turns the answer of a field into bounds of the condition's test. */
export function toBounds(field: IndexedField, answer: Answer): Bounds {
  const lost = answer.hides ? leftOut(field) : NONE;
  const nulls = field.nullValue === null ? NONE : leaf({ term: { [field.name]: field.nullValue } });
  const sure = and([
    within(field, answer.sure),
    not(within(field, answer.unless)),
    answer.sure.kind === 'none' ? ALL : not(within(field, nulls)),
  ]);
  return {
    upper: or([within(field, answer.any), lost]),
    lower: field.surelyHere ? sure : NONE,
    reasons: [
      ...answer.why,
      ...(lost.kind === 'none' ? [] : [lost.kind === 'all' ? HIDDEN : TRACED]),
      ...(field.surelyHere || answer.any.kind === 'none' ? [] : [elsewhere(field)]),
      ...(field.nullValue === null || answer.sure.kind === 'none' ? [] : [NULLS]),
    ],
  };
}

const HIDDEN = 'the index leaves out values over ignore_above and does not say where';
const TRACED = 'the index leaves out values over ignore_above, or of the wrong type, and says only where';
const NULLS = 'the index holds a value in place of null';

function elsewhere({ strays, name }: IndexedField): string {
  return strays
    ? 'the index holds values there that the document does not have at this path'
    : `the index cannot tell a key "${name}" with a dot in it from this path`;
}

/** Documents that had a value left out of this field; all of them where the server keeps no note of it. */
export function leftOut({ name, type }: IndexedField): Query {
  const isNoted = type.name !== 'flattened' && (type.name !== 'keyword' || type.traced);
  return isNoted ? leaf({ term: { _ignored: name } }) : ALL;
}

/** Nested objects are documents of their own; what the query says holds for one of them. */
export function within({ nested }: IndexedField, query: Query): Query {
  if (nested === null || query.kind === 'all' || query.kind === 'none') return query;
  return leaf({ nested: { path: nested, query: toDsl(query), ignore_unmapped: true } }, clausesOf(query) + 1);
}
