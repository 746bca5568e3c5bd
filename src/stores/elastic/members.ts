import type { Client, estypes } from '@elastic/elasticsearch';
import { withBackoff } from './backoff.ts';
import type { IndexState } from './index-state.ts';
import type { Layout } from './layout.ts';

type QueryDsl = estypes.QueryDslQueryContainer;

/** Filters of one request: each is a bit set of the whole index. */
const SETS = 500;

export async function countMembers(
  client: Client,
  { layout, state }: { readonly layout: Layout; readonly state: IndexState },
  valueSets: readonly (readonly string[])[],
): Promise<readonly number[]> {
  const counts: number[] = [];
  for (let from = 0; from < valueSets.length; from += SETS) {
    const sets = valueSets.slice(from, from + SETS);
    const { aggregations } = await withBackoff(() =>
      client.search<unknown, { sets: estypes.AggregationsFiltersAggregate }>({
        index: layout.index,
        size: 0,
        allow_partial_search_results: false,
        aggs: { sets: { filters: { filters: sets.map((values) => carriesAny(state, values)) } } },
      }),
    );
    const buckets = aggregations?.sets.buckets;
    if (!Array.isArray(buckets)) throw new Error('Elasticsearch answered filters without buckets');
    counts.push(...buckets.map((bucket) => bucket.doc_count));
  }
  return counts;
}

/** In the order of UTF-8 bytes, which is that of code points; an id that several documents have stands once. */
export async function readMembers(
  client: Client,
  { layout, state }: { readonly layout: Layout; readonly state: IndexState },
  values: readonly string[],
  { after, limit }: { readonly after?: string; readonly limit: number },
): Promise<readonly string[]> {
  const ids: string[] = [];
  let last = after;
  while (ids.length < limit) {
    const size = Math.min(PAGE, limit - ids.length);
    const request = {
      index: layout.index,
      size,
      query: { bool: { filter: [carriesAny(state, values)] } },
      sort: [{ [layout.idField]: 'asc' as const }],
      _source: false,
      allow_partial_search_results: false,
      ...(last === undefined ? {} : { search_after: [last] }),
    };
    const { hits } = await withBackoff(() => client.search(request));
    const found = hits.hits.map(({ sort }) => String(sort?.[0]));
    ids.push(...new Set(found));
    last = found.at(-1);
    if (found.length < size) break;
  }
  return ids;
}

/** The server's own limit of one answer. */
const PAGE = 10_000;

function carriesAny({ membershipField }: IndexState, values: readonly string[]): QueryDsl {
  return membershipField === null ? { match_none: {} } : { terms: { [membershipField]: [...values] } };
}
