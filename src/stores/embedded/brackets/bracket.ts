import { all, any, both, FALSE, not, TRUE, type Sql } from './sql.ts';

/** `lower` surely contains only matches, `upper` surely contains every match. */
export interface Bracket {
  readonly lower: Sql;
  readonly upper: Sql;
}

/** Nothing is known. */
export const UNBOUNDED: Bracket = { lower: FALSE, upper: TRUE };

export function exactly(sql: Sql): Bracket {
  return { lower: sql, upper: sql };
}

/** Exact but for the rows where `doubtful` holds. */
export function exactUnless(sql: Sql, doubtful: Sql): Bracket {
  return { lower: both(sql, not(doubtful)), upper: any([sql, doubtful]) };
}

export function negate({ lower, upper }: Bracket): Bracket {
  return { lower: not(upper), upper: not(lower) };
}

export function conjunction(terms: readonly Bracket[]): Bracket {
  return { lower: all(terms.map(({ lower }) => lower)), upper: all(terms.map(({ upper }) => upper)) };
}

export function disjunction(terms: readonly Bracket[]): Bracket {
  return { lower: any(terms.map(({ lower }) => lower)), upper: any(terms.map(({ upper }) => upper)) };
}
