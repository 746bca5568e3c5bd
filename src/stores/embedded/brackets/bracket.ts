import { all, any, both, FALSE, not, TRUE, type Sql } from './sql.ts';

/**
 * Where `doubtful` is false, `matches` says what the evaluator says; where it is true, nothing is known. So
 * `lower` (surely a match) is `matches AND NOT doubtful`, and `upper` (maybe one) is `matches OR doubtful`.
 */
export interface Bracket {
  readonly matches: Sql;
  readonly doubtful: Sql;
}

/** Nothing is known of any row. */
export const UNBOUNDED: Bracket = { matches: FALSE, doubtful: TRUE };

export function exactly(matches: Sql): Bracket {
  return { matches, doubtful: FALSE };
}

export function lowerOf({ matches, doubtful }: Bracket): Sql {
  return both(matches, not(doubtful));
}

export function upperOf({ matches, doubtful }: Bracket): Sql {
  return any([matches, doubtful]);
}

export function negate({ matches, doubtful }: Bracket): Bracket {
  return { matches: not(matches), doubtful };
}

/** A term of which nothing is known leaves the others to say where there is surely no match. */
export function conjunction(terms: readonly Bracket[]): Bracket {
  const known = terms.filter(isBounded);
  const rest = {
    matches: all(known.map(({ matches }) => matches)),
    doubtful: any(known.map(({ doubtful }) => doubtful)),
  };
  return known.length === terms.length ? rest : { matches: FALSE, doubtful: upperOf(rest) };
}

export function disjunction(terms: readonly Bracket[]): Bracket {
  return negate(conjunction(terms.map(negate)));
}

function isBounded({ doubtful }: Bracket): boolean {
  return doubtful !== TRUE;
}
