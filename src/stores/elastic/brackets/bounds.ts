import {
  ALL,
  and,
  clausesOf,
  isSame,
  MOST_TERMS,
  NONE,
  not,
  or,
  toDsl,
  type Query,
  type QueryDsl,
} from './query.ts';

/** `upper` holds every document that matches, `lower` only such as surely match. */
export interface Bounds {
  readonly upper: Query;
  readonly lower: Query;
  /** Why they are not one and the same, for people. */
  readonly reasons: readonly string[];
}

export interface Bracket {
  readonly upper: QueryDsl;
  readonly lower: QueryDsl;
  /**
   * `exact`: both are the same query, nothing needs the evaluator. `full`: everything does. `bounded`: what lies
   * between them does.
   */
  readonly reach: 'exact' | 'bounded' | 'full';
  /** Why it is not exact, for people; empty when it is. */
  readonly reasons: readonly string[];
}

export function exactly(query: Query): Bounds {
  return { upper: query, lower: query, reasons: [] };
}

export const NOTHING = exactly(NONE);
export const EVERYTHING = exactly(ALL);

/** Nothing is known. */
export function unbounded(reason: string): Bounds {
  return { upper: ALL, lower: NONE, reasons: [reason] };
}

/** What is sure is not. */
export function upperOnly({ upper, reasons }: Bounds, reason: string): Bounds {
  return { upper, lower: NONE, reasons: upper.kind === 'none' ? reasons : [...reasons, reason] };
}

export function negate({ upper, lower, reasons }: Bounds): Bounds {
  return { upper: not(lower), lower: not(upper), reasons };
}

const TOO_MANY = 'it joins more tests than the index takes';

function manageable(bounds: Bounds): Bounds {
  const isTooLong = [bounds.upper, bounds.lower].some(
    (query) => (query.kind === 'and' || query.kind === 'or') && query.terms.length > MOST_TERMS,
  );
  return isTooLong ? unbounded(TOO_MANY) : bounds;
}

export function conjunction(terms: readonly Bounds[]): Bounds {
  return manageable({
    upper: and(terms.map(({ upper }) => upper)),
    lower: and(terms.map(({ lower }) => lower)),
    reasons: reasonsOf(terms),
  });
}

export function disjunction(terms: readonly Bounds[]): Bounds {
  return manageable({
    upper: or(terms.map(({ upper }) => upper)),
    lower: or(terms.map(({ lower }) => lower)),
    reasons: reasonsOf(terms),
  });
}

function reasonsOf(terms: readonly Bounds[]): readonly string[] {
  return [...new Set(terms.flatMap(({ reasons }) => reasons))];
}

export function reachOf({ upper, lower }: Bounds): Bracket['reach'] {
  if (isSame(upper, lower)) return 'exact';
  return upper.kind === 'all' && lower.kind === 'none' ? 'full' : 'bounded';
}

export function costOf({ upper, lower }: Bounds): number {
  return clausesOf(upper) + clausesOf(lower);
}

export function toBracket(bounds: Bounds): Bracket {
  const reach = reachOf(bounds);
  return {
    upper: toDsl(bounds.upper),
    lower: toDsl(bounds.lower),
    reach,
    reasons: reach === 'exact' ? [] : bounds.reasons,
  };
}
