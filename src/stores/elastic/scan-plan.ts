import type { Client, estypes } from '@elastic/elasticsearch';
import type { ProfileScan, RangePlan } from '../../activities/profile-store.ts';
import { withBackoff } from './backoff.ts';
import type { Candidates } from './brackets/candidates.ts';
import type { IndexState } from './index-state.ts';
import { BUCKET_FIELD, type Layout } from './layout.ts';
import { isWorthAsking } from './page-size.ts';
import { BUCKETS } from './buckets.ts';
import { CELL_BUCKETS, cutBuckets, sliceCount, toRangeText, type BucketCell, type Range } from './ranges.ts';

type QueryDsl = estypes.QueryDslQueryContainer;
type PlanOptions = Parameters<ProfileScan['plan']>[0];

/** A point in time lives this long after the last page that any batch has read from it. */
export const KEEP_ALIVE = '15m';

/** Documents that no bucket range meets: written by somebody who gives none, or no id. */
export const STRAYS: QueryDsl = {
  bool: {
    should: [
      { bool: { must_not: [{ exists: { field: BUCKET_FIELD } }] } },
      { bool: { must_not: [{ exists: { field: 'id' } }] } },
    ],
    minimum_should_match: 1,
  },
};

interface Planned {
  readonly client: Client;
  readonly layout: Layout;
  readonly state: IndexState;
  readonly candidates: Candidates;
  /** Servers before 7.15 cannot slice a point in time. */
  readonly canSlice: boolean;
}

/** Sees all that was written before it: the one refresh of a scan. */
export async function planRanges(planned: Planned, options: PlanOptions): Promise<RangePlan> {
  const { client, layout, state } = planned;
  await withBackoff(() => client.indices.refresh({ index: layout.index }));
  const profiles = await count(planned, { match_all: {} });
  if (profiles === 0) return { ranges: [], profiles, candidates: 0 };
  const { candidates, expected } = await chooseCandidates(planned, profiles);
  const perBatch = Math.max(1, options.batchCandidates(expected));
  const batches = Math.max(1, Math.min(options.maxBatches, Math.ceil(expected / perBatch)));
  const cut = { batches, profiles, maxBatches: options.maxBatches };
  const ranges = state.isOurLayout
    ? await planBuckets({ ...planned, candidates }, cut)
    : await planSlices({ ...planned, candidates }, cut);
  return { ranges: ranges.map(toRangeText), profiles, candidates: expected };
}

const EVERY_PROFILE: Candidates = { query: { match_all: {} }, isOpen: true };

/** Those of the request, or every profile where that is cheaper. */
async function chooseCandidates(
  { client, layout, candidates }: Planned,
  profiles: number,
): Promise<{ readonly candidates: Candidates; readonly expected: number }> {
  if (candidates.isOpen) return { candidates, expected: profiles };
  const { hits, took } = await withBackoff(() =>
    client.search({
      index: layout.index,
      query: candidates.query,
      size: 0,
      track_total_hits: true,
      // From the cache it would be no measure.
      request_cache: false,
      allow_partial_search_results: false,
    }),
  );
  const expected = typeof hits.total === 'number' ? hits.total : (hits.total?.value ?? profiles);
  return isWorthAsking({ profiles, expected, took })
    ? { candidates, expected }
    : { candidates: EVERY_PROFILE, expected: profiles };
}

async function count({ client, layout }: Planned, query: QueryDsl): Promise<number> {
  const { count: found } = await withBackoff(() => client.count({ index: layout.index, query }));
  return found;
}

interface Cut {
  readonly batches: number;
  readonly profiles: number;
  readonly maxBatches: number;
}

async function planBuckets(
  planned: Planned,
  { batches, profiles, maxBatches }: Cut,
): Promise<readonly Range[]> {
  const { isOpen } = planned.candidates;
  const strays = await count(planned, STRAYS);
  const forBuckets = strays > 0 ? Math.max(1, Math.min(batches, maxBatches - 1)) : batches;
  const ranges =
    forBuckets === 1
      ? [{ kind: 'buckets' as const, isOpen, from: 0, to: BUCKETS, total: profiles - strays }]
      : cutBuckets(await countCells(planned), forBuckets, isOpen);
  if (strays === 0) return ranges;
  const pit = await openPointInTime(planned.client, planned.layout);
  return [...ranges, { kind: 'slice', isOpen, slice: 0, of: 1, total: strays, strays: true, pit }];
}

async function countCells({ client, layout, candidates }: Planned): Promise<readonly BucketCell[]> {
  const { aggregations } = await withBackoff(() =>
    client.search<unknown, { cells: estypes.AggregationsHistogramAggregate }>({
      index: layout.index,
      size: 0,
      allow_partial_search_results: false,
      query: { bool: { must_not: [STRAYS] } },
      aggs: {
        cells: {
          histogram: { field: BUCKET_FIELD, interval: CELL_BUCKETS, min_doc_count: 1 },
          aggs: { candidates: { filter: candidates.query } },
        },
      },
    }),
  );
  const cells = aggregations?.cells.buckets;
  if (!Array.isArray(cells)) throw new Error('Elasticsearch answered a histogram without buckets');
  return cells.map((cell) => {
    const within: unknown = cell['candidates'];
    const candidatesOfCell =
      typeof within === 'object' && within !== null ? Reflect.get(within, 'doc_count') : 0;
    return { from: Number(cell.key), profiles: cell.doc_count, candidates: Number(candidatesOfCell) };
  });
}

async function planSlices(
  { client, layout, state, candidates: { isOpen }, canSlice }: Planned,
  { batches, profiles, maxBatches }: Cut,
): Promise<readonly Range[]> {
  if (!canSlice && batches > 1) return planShards({ client, state }, { profiles, maxBatches, isOpen });
  const of = sliceCount(batches, state.shards, maxBatches);
  const pit = await openPointInTime(client, layout);
  return Array.from({ length: of }, (_, slice) => {
    const total = Math.floor(((slice + 1) * profiles) / of) - Math.floor((slice * profiles) / of);
    return { kind: 'slice', isOpen, slice, of, total, strays: false, pit };
  });
}

/** A point in time of each shard, or of each index when those are too many. */
async function planShards(
  { client, state }: Pick<Planned, 'client' | 'state'>,
  {
    profiles,
    maxBatches,
    isOpen,
  }: { readonly profiles: number; readonly maxBatches: number; readonly isOpen: boolean },
): Promise<readonly Range[]> {
  const parts =
    state.shards > maxBatches
      ? state.shapes.map(({ name }) => ({ index: name }))
      : state.shapes.flatMap(({ name, settings }) =>
          Array.from({ length: Number(settings['index.number_of_shards'] ?? 1) }, (_, shard) => ({
            index: name,
            preference: `_shards:${shard}`,
          })),
        );
  const total = Math.ceil(profiles / parts.length);
  const ranges: Range[] = [];
  for (const part of parts) {
    const { id } = await withBackoff(() => client.openPointInTime({ ...part, keep_alive: KEEP_ALIVE }));
    ranges.push({ kind: 'slice', isOpen, slice: 0, of: 1, total, strays: false, pit: id });
  }
  return ranges;
}

export async function openPointInTime(client: Client, { index }: Layout): Promise<string> {
  const { id } = await withBackoff(() => client.openPointInTime({ index, keep_alive: KEEP_ALIVE }));
  return id;
}
