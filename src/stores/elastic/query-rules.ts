import type { estypes } from '@elastic/elasticsearch';
import type { QueryRule } from '../../activities/profile-store.ts';

type QueryDsl = estypes.QueryDslQueryContainer;

/**
 * As Tracardi asks it, but that a value its field cannot have is refused: leniently it would match nobody, and a
 * segment would empty itself over a typing mistake.
 */
export function queryDsl(query: string): QueryDsl {
  return { query_string: { query, default_operator: 'OR', allow_leading_wildcard: true, lenient: false } };
}

/** Each hit names those it matches: the verdict, of the very state that the hit shows. */
export function nameQueries(queries: readonly QueryRule[]): QueryDsl[] {
  return queries.map(({ value, query }) => ({
    bool: { filter: [queryDsl(query)], _name: `${PREFIX}${value}` },
  }));
}

const PREFIX = 'query:';

export function valueOfName(name: string): string | null {
  return name.startsWith(PREFIX) ? name.slice(PREFIX.length) : null;
}
