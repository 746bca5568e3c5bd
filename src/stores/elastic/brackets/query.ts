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
      return { bool: { should: query.terms.map(toDsl), minimum_should_match: 1 } };
    case 'and':
      return conjunction(query.terms);
  }
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
