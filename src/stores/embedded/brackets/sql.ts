/** A two-valued SQL expression: true or false for every row, never NULL. */
export type Sql = string;

export const TRUE: Sql = 'true';
export const FALSE: Sql = 'false';

/** Conjunction; an empty one is true. Constants are folded, so that `TRUE` and `FALSE` can be told by identity. */
export function all(terms: readonly Sql[]): Sql {
  const rest = [...new Set(terms)].filter((term) => term !== TRUE);
  if (rest.includes(FALSE)) return FALSE;
  return joined(rest, ' AND ', TRUE);
}

/** Disjunction; an empty one is false. */
export function any(terms: readonly Sql[]): Sql {
  const rest = [...new Set(terms)].filter((term) => term !== FALSE);
  if (rest.includes(TRUE)) return TRUE;
  return joined(rest, ' OR ', FALSE);
}

export function both(left: Sql, right: Sql): Sql {
  return all([left, right]);
}

export function not(term: Sql): Sql {
  if (term === TRUE) return FALSE;
  if (term === FALSE) return TRUE;
  return `(NOT ${term})`;
}

function joined(terms: readonly Sql[], operator: string, empty: Sql): Sql {
  if (terms.length === 0) return empty;
  return terms.length === 1 ? String(terms[0]) : `(${terms.join(operator)})`;
}
