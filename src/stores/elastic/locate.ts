import type { Client, estypes } from '@elastic/elasticsearch';
import { withBackoff } from './backoff.ts';
import type { Layout } from './layout.ts';
import type { Found } from './hits.ts';
import { searchById } from './search-by-id.ts';
import type { Location } from './version.ts';

/** Where a document is; its state may be any. */
export type Place = Omit<Location, 'seqNo' | 'primaryTerm'>;

/** Documents a request: each is a lookup of its own. */
const GETS = 1_000;

/** Current documents, past all caches and refreshes; those that are gone are left out. */
export async function getDocuments(
  client: Client,
  places: readonly Place[],
  fields: readonly string[] | null,
): Promise<readonly Found[]> {
  const found: Found[] = [];
  for (let from = 0; from < places.length; from += GETS) {
    const docs = places.slice(from, from + GETS).map(({ index, docId, routing }) => ({
      _index: index,
      _id: docId,
      ...(routing === null ? {} : { routing }),
      ...(fields === null ? {} : { _source: [...fields] }),
    }));
    const answer = await withBackoff(() => client.mget({ docs }));
    for (const doc of answer.docs) if (isThere(doc)) found.push(toFound(doc));
  }
  return found;
}

function isThere(doc: estypes.MgetResponseItem): doc is estypes.GetGetResult {
  if ('error' in doc) {
    // An index that was deleted since holds nothing any more.
    if (doc.error.type === 'index_not_found_exception') return false;
    throw new Error(
      `Elasticsearch could not read ${doc._index}/${doc._id}: ${doc.error.reason ?? doc.error.type}`,
    );
  }
  return doc.found;
}

function toFound(doc: estypes.GetGetResult): Found {
  return {
    location: {
      index: doc._index,
      docId: doc._id,
      routing: doc._routing ?? null,
      seqNo: doc._seq_no ?? -1,
      primaryTerm: doc._primary_term ?? -1,
    },
    source: doc._source,
    candidate: true,
    matchedQueries: [],
  };
}

/** Where the documents of an id are, as far as a search sees them; several where it is in two indices. */
export async function findPlaces(client: Client, layout: Layout, id: string): Promise<readonly Place[]> {
  const hits = await searchById(client, layout, { ids: [id], exceptIndex: null, source: false });
  return hits.map((hit) => ({
    index: hit._index,
    docId: hit._id ?? '',
    routing: hit._routing ?? null,
  }));
}
