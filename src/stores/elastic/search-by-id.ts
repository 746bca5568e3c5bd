import type { Client, estypes } from '@elastic/elasticsearch';
import { withBackoff } from './backoff.ts';
import type { Layout } from './layout.ts';

/** The server's own limit of one answer. */
const MAX_HITS = 10_000;

/** Ids of one request, so that their copies in many months fit into its answer. */
const IDS = 500;

export interface SearchById {
  readonly ids: readonly string[];
  /** An index whose documents are not wanted; null for those of all. */
  readonly exceptIndex: string | null;
  /** Fields to answer of each document; false for none. */
  readonly source: string[] | false;
}

/**
 * The documents of these ids, as far as a search sees them; several of an id that is in several indices. Of one
 * whose copies alone fill an answer, as many as that holds.
 */
export async function searchById(
  client: Client,
  layout: Layout,
  { ids, exceptIndex, source }: SearchById,
): Promise<readonly estypes.SearchHit[]> {
  const found: estypes.SearchHit[] = [];
  let size = IDS;
  for (let from = 0; from < ids.length;) {
    const asked = ids.slice(from, from + size);
    const request = {
      index: layout.index,
      query: { bool: { filter: [hasIds(layout, asked)], must_not: isIn(exceptIndex) } },
      _source: source,
      size: MAX_HITS,
      allow_partial_search_results: false,
    };
    const { hits } = await withBackoff(() => client.search(request));
    if (hits.hits.length === MAX_HITS && asked.length > 1) {
      // An answer that is full may lack documents: ask for those of fewer ids.
      size = Math.ceil(asked.length / 2);
      continue;
    }
    found.push(...hits.hits);
    from += asked.length;
  }
  return found;
}

function hasIds({ idField }: Layout, ids: readonly string[]): estypes.QueryDslQueryContainer {
  return idField === '_id' ? { ids: { values: [...ids] } } : { terms: { [idField]: [...ids] } };
}

function isIn(index: string | null): estypes.QueryDslQueryContainer[] {
  return index === null ? [] : [{ term: { _index: index } }];
}
