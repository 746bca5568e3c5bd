import type { Client, estypes } from '@elastic/elasticsearch';
import { withBackoff } from './backoff.ts';
import { newestFirst } from './copies.ts';
import { updatedAt, type Found } from './hits.ts';
import type { Layout } from './layout.ts';
import { findPlaces, getDocuments } from './locate.ts';

/** An id that several documents have; the first one decides. */
export interface Duplicate {
  readonly id: string;
  readonly copies: readonly {
    readonly index: string;
    readonly docId: string;
    readonly updatedAt: string | null;
  }[];
}

export interface DuplicateReport {
  readonly profiles: number;
  readonly ids: number;
  readonly duplicates: number;
  /** The first of them. */
  readonly shown: readonly Duplicate[];
}

/** Ids of one request; a million take a hundred of them. */
const PAGE = 10_000;

/** Reads all ids once, in their order; memory is one page's. */
export async function findDuplicates(
  client: Client,
  layout: Layout,
  limit: number,
): Promise<DuplicateReport> {
  const twice: string[] = [];
  let [profiles, ids, duplicates] = [0, 0, 0];
  let after: estypes.AggregationsCompositeAggregateKey | undefined;
  do {
    const page = await readIds(client, layout, after);
    for (const { key, doc_count: copies } of page.buckets) {
      ids += 1;
      profiles += copies;
      if (copies === 1) continue;
      duplicates += 1;
      if (twice.length < limit) twice.push(String(key['id']));
    }
    after = page.after;
  } while (after !== undefined);
  return {
    profiles,
    ids,
    duplicates,
    shown: await Promise.all(twice.map((id) => describe(client, layout, id))),
  };
}

async function readIds(
  client: Client,
  layout: Layout,
  after: estypes.AggregationsCompositeAggregateKey | undefined,
): Promise<{
  readonly buckets: readonly estypes.AggregationsCompositeBucket[];
  readonly after: estypes.AggregationsCompositeAggregateKey | undefined;
}> {
  const { aggregations } = await withBackoff(() =>
    client.search<unknown, { ids: estypes.AggregationsCompositeAggregate }>({
      index: layout.index,
      size: 0,
      allow_partial_search_results: false,
      aggs: {
        ids: {
          composite: {
            size: PAGE,
            sources: [{ id: { terms: { field: layout.idField } } }],
            ...(after === undefined ? {} : { after }),
          },
        },
      },
    }),
  );
  const answer = aggregations?.ids;
  return { buckets: Array.isArray(answer?.buckets) ? answer.buckets : [], after: answer?.after_key };
}

async function describe(client: Client, layout: Layout, id: string): Promise<Duplicate> {
  const found = await getDocuments(client, await findPlaces(client, layout, id), ['metadata.time.update']);
  return { id, copies: newestFirst(found).map(toCopy) };
}

function toCopy({ location: { index, docId }, source }: Found): Duplicate['copies'][number] {
  const at = updatedAt(source);
  return { index, docId, updatedAt: at === 0 ? null : new Date(at).toISOString() };
}
