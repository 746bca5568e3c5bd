import { atMost, existsQuery, NEVER, precisely, termsQuery, type Answer } from './answer.ts';
import type { FieldType, IndexedField } from './index-fields.ts';
import { leaf, or, type Query } from './query.ts';
import { accepts, type Wanted } from './wanted.ts';

export function booleanAnswer(field: IndexedField, wanted: Wanted, plain: boolean): Answer {
  const answer = ofTruth(field, wanted, plain);
  return { ...answer, hides: field.skipsMalformed };
}

function ofTruth(field: IndexedField, wanted: Wanted, plain: boolean): Answer {
  switch (wanted.kind) {
    case 'boolean': {
      const term = termsQuery(field, [wanted.value]);
      return plain
        ? precisely(term)
        : atMost(term, 'the texts "true" and "false" are indexed as TRUE and FALSE');
    }
    case 'text': {
      if (plain) return NEVER;
      const found = [
        ...(accepts(wanted.test, 'true') ? [true] : []),
        ...(accepts(wanted.test, 'false') || accepts(wanted.test, '') ? [false] : []),
      ];
      return found.length === 0
        ? NEVER
        : atMost(termsQuery(field, found), 'the texts "true" and "false" are indexed as TRUE and FALSE');
    }
    case 'number':
    case 'instant':
      return NEVER;
    case 'value':
      return atMost(existsQuery(field), 'only the evaluator computes it');
  }
}

/** Longer lists, and longer texts, cost the server more words than they save. */
const MOST_TEXTS = 16;
const LONGEST_TEXT = 256;

export function textAnswer(
  field: IndexedField,
  type: Extract<FieldType, { readonly name: 'text' }>,
  wanted: Wanted,
  plain: boolean,
): Answer {
  const why = 'the index has only the words of this text, not the text';
  if (plain && (wanted.kind === 'number' || wanted.kind === 'boolean')) return NEVER;
  if (wanted.kind !== 'text' || wanted.test.kind !== 'equals') return atMost(existsQuery(field), why);
  const { texts } = wanted.test;
  const isAskable = type.sameAnalyzer && texts.length <= MOST_TEXTS && texts.every(isAskableText);
  return atMost(isAskable ? or(texts.map((text) => wordsQuery(field, text))) : existsQuery(field), why);
}

/** Half a surrogate pair is indexed as another character than it is asked for. */
function isAskableText(text: string): boolean {
  return text.length <= LONGEST_TEXT && !/\p{Surrogate}/u.test(text);
}

/** Every word of the text; a text without a word may be anywhere. */
function wordsQuery({ name }: IndexedField, query: string): Query {
  return leaf({ match: { [name]: { query, operator: 'and', zero_terms_query: 'all' } } }, query.length);
}
