import type { Client, estypes } from '@elastic/elasticsearch';
import type { QueryRule } from '../../activities/profile-store.ts';
import { withBackoff } from './backoff.ts';
import type { Found } from './hits.ts';
import { AnswerTooLong } from './client.ts';
import type { Layout } from './layout.ts';
import type { Place } from './locate.ts';
import { MAX_PAGE_BYTES } from './page-size.ts';
import { nameQueries } from './query-rules.ts';
import { searchPage } from './search-page.ts';

/** Documents a request, so that their copies in other months fit into one answer too. */
const SEARCHED = 500;

export interface PlacesSearch {
  readonly client: Client;
  readonly layout: Layout;
  readonly queries: readonly QueryRule[];
  readonly fields: readonly string[] | null;
}

/** Documents as a search sees them, each with the queries that it matches; those that are gone are left out. */
export async function searchPlaces(
  search: PlacesSearch,
  places: readonly Place[],
): Promise<readonly Found[]> {
  const found: Found[] = [];
  for (let from = 0; from < places.length; from += SEARCHED)
    found.push(...(await searchSome(search, places.slice(from, from + SEARCHED))));
  return found;
}

async function searchSome(search: PlacesSearch, places: readonly Place[]): Promise<readonly Found[]> {
  const { client, layout, queries, fields } = search;
  const wanted = new Set(places.map(keyOf));
  const request: estypes.SearchRequest = {
    index: layout.index,
    size: MAX_HITS,
    query: {
      bool: { filter: [{ ids: { values: places.map(({ docId }) => docId) } }], should: nameQueries(queries) },
    },
    sort: ['_doc'],
    _source: fields === null ? true : { includes: [...fields] },
  };
  try {
    const page = await searchPage(client, request, { maxBytes: MAX_PAGE_BYTES, isAudit: false });
    // An answer that is full may lack documents.
    if (page.length >= MAX_HITS && places.length > 1) return await searchHalves(search, places);
    return [...page.found].filter(({ location }) => wanted.has(keyOf(location)));
  } catch (error) {
    if (!(error instanceof AnswerTooLong) || places.length === 1) throw error;
    return searchHalves(search, places);
  }
}

async function searchHalves(search: PlacesSearch, places: readonly Place[]): Promise<readonly Found[]> {
  const half = Math.ceil(places.length / 2);
  return [
    ...(await searchSome(search, places.slice(0, half))),
    ...(await searchSome(search, places.slice(half))),
  ];
}

/** The server's own limit of one answer. */
const MAX_HITS = 10_000;

function keyOf({ index, docId }: Place): string {
  return `${index}/${docId}`;
}

/** A search sees what was written before it only after this. */
export async function refresh(client: Client, { index }: Layout): Promise<void> {
  await withBackoff(() => client.indices.refresh({ index }));
}
