import type { estypes } from '@elastic/elasticsearch';

export type QueryDsl = estypes.QueryDslQueryContainer;

/** What a bound is made of. AND and OR are flat, and constants are folded into what holds them. */
export type Query =
  | { readonly kind: 'all' | 'none' }
  /** `clauses` is what the server counts it as, against its limit for one request. */
  | { readonly kind: 'leaf'; readonly dsl: QueryDsl; readonly clauses: number }
  | { readonly kind: 'and' | 'or'; readonly terms: readonly Query[] }
  | { readonly kind: 'not'; readonly term: Query };

export const ALL: Query = { kind: 'all' };
export const NONE: Query = { kind: 'none' };

export function leaf(dsl: QueryDsl, clauses = 1): Query {
  return { kind: 'leaf', dsl, clauses };
}

export function and(terms: readonly Query[]): Query {
  return joined('and', terms, 'all', 'none');
}

export function or(terms: readonly Query[]): Query {
  return joined('or', terms, 'none', 'all');
}

export function not(term: Query): Query {
  switch (term.kind) {
    case 'all':
      return NONE;
    case 'none':
      return ALL;
    case 'not':
      return term.term;
    case 'leaf':
    case 'and':
    case 'or':
      return { kind: 'not', term };
  }
}

/** The neutral constant disappears, the other one is the whole. */
function joined(
  kind: 'and' | 'or',
  terms: readonly Query[],
  neutral: 'all' | 'none',
  final: 'all' | 'none',
): Query {
  const flat = terms.flatMap((term) => (term.kind === kind ? term.terms : [term]));
  if (flat.some((term) => term.kind === final)) return { kind: final };
  const byText = new Map(flat.filter((term) => term.kind !== neutral).map((term) => [textOf(term), term]));
  const rest = [...byText.values()];
  const [only] = rest;
  if (only === undefined) return { kind: neutral };
  return rest.length === 1 ? only : { kind, terms: rest };
}

function textOf(query: Query): string {
  return JSON.stringify(query);
}

export function isSame(a: Query, b: Query): boolean {
  return textOf(a) === textOf(b);
}

export function clausesOf(query: Query): number {
  switch (query.kind) {
    case 'all':
    case 'none':
      return 1;
    case 'leaf':
      return query.clauses;
    case 'and':
    case 'or':
      return query.terms.reduce((sum, term) => sum + clausesOf(term), 0);
    case 'not':
      return clausesOf(query.term);
  }
}

/** In filter context throughout: nothing is scored. */
export function toDsl(query: Query): QueryDsl {
  switch (query.kind) {
    case 'all':
      return { match_all: {} };
    case 'none':
      return { match_none: {} };
    case 'leaf':
      return query.dsl;
    case 'not':
      return { bool: { must_not: [toDsl(query.term)] } };
    case 'or':
      return disjunction(query.terms.map(toDsl));
    case 'and':
      return conjunction(query.terms);
  }
}

/** Versions before 8 take 1,024 clauses in one query of several. */
export const MOST_TERMS = 1_000;

/** A filter around each part keeps the server from making one query of them again. */
function disjunction(terms: readonly QueryDsl[]): QueryDsl {
  if (terms.length <= MOST_TERMS) return { bool: { should: [...terms], minimum_should_match: 1 } };
  const parts = Array.from({ length: Math.ceil(terms.length / MOST_TERMS) }, (_, part) =>
    terms.slice(part * MOST_TERMS, (part + 1) * MOST_TERMS),
  );
  return disjunction(parts.map((part) => ({ bool: { filter: [disjunction(part)] } })));
}

function conjunction(terms: readonly Query[]): QueryDsl {
  const filter = terms.flatMap((term) => (term.kind === 'not' ? [] : [toDsl(term)]));
  const excluded = terms.flatMap((term) => (term.kind === 'not' ? [toDsl(term.term)] : []));
  return {
    bool: {
      ...(filter.length > 0 && { filter }),
      ...(excluded.length > 0 && { must_not: excluded }),
    },
  };
}
