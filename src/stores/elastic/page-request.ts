import type { estypes } from '@elastic/elasticsearch';
import type { QueryRule } from '../../activities/profile-store.ts';
import type { Candidates } from './brackets/candidates.ts';
import { BUCKET_FIELD, type Layout } from './layout.ts';
import { nameQueries } from './query-rules.ts';
import type { BucketRange, Range } from './ranges.ts';
import { KEEP_ALIVE, STRAYS } from './scan-plan.ts';
import { CANDIDATE } from './search-page.ts';

type QueryDsl = estypes.QueryDslQueryContainer;

/** What the pages of a scan ask for. */
export interface Asked {
  readonly layout: Layout;
  readonly candidates: Candidates;
  /** Each hit says which of them it matches. */
  readonly queries: readonly QueryRule[];
  readonly isAudit: boolean;
  /** null reads whole documents. */
  readonly fields: readonly string[] | null;
}

/** Where a range is read on from. */
export interface Cursor {
  readonly after: readonly estypes.FieldValue[] | null;
  /** The first bucket that is not read yet, where pages are whole buckets. */
  readonly from: number | null;
  /** Profiles that the pages so far have passed. */
  readonly passed: number;
  /** The point in time that goes on where the range's own was lost; it is read whole, slices fit only their own. */
  readonly pit: string | null;
  readonly whole: boolean;
}

/** Some buckets hold more than others: of the hits that are expected, this many times are asked for. */
const MARGIN = 1.25;

export interface PageRequest {
  readonly range: Range;
  readonly cursor: Cursor;
  readonly hits: number;
}

/** Sorted, so that it goes on anywhere. */
export function requestOf(parts: Asked, { range, cursor, hits }: PageRequest): estypes.SearchRequest {
  const { after, pit, whole } = cursor;
  const common = {
    ...queryOf(parts, range.kind === 'buckets' ? restOf(range, cursor) : range),
    size: hits,
    ...(after === null ? {} : { search_after: [...after] }),
  };
  if (range.kind === 'buckets')
    return { ...common, index: parts.layout.index, sort: [{ [BUCKET_FIELD]: 'asc' }, { id: 'asc' }] };
  return {
    ...common,
    sort: [{ _shard_doc: 'asc' }],
    pit: { id: pit ?? range.pit, keep_alive: KEEP_ALIVE },
    ...(whole || range.of === 1 ? {} : { slice: { id: String(range.slice), max: range.of } }),
  };
}

/** All of some buckets, as they lie; with as many hits as its `size` there may be more than were `expected`. */
export function bucketsRequest(
  parts: Asked,
  buckets: BucketRange,
  expected: number,
): estypes.SearchRequest & { readonly size: number } {
  const size = Math.ceil(expected * MARGIN);
  return { ...queryOf(parts, buckets), index: parts.layout.index, size, sort: ['_doc'] };
}

/** Without the buckets that are done: the server would collect them for every page. */
function restOf(range: BucketRange, { after, from }: Cursor): BucketRange {
  return { ...range, from: after === null ? (from ?? range.from) : Number(after[0]) };
}

function queryOf(
  { candidates, queries, isAudit, fields }: Asked,
  range: Range,
): Pick<estypes.SearchRequest, 'query' | '_source'> {
  const within = rangeQuery(range);
  // Beside a filter, and only there, nothing has to match what is only marked.
  const verdicts = nameQueries(queries);
  const marked = { bool: { filter: [candidates.query], _name: CANDIDATE } };
  const query: QueryDsl = isAudit
    ? { bool: { filter: [...within, { match_all: {} }], should: [marked, ...verdicts] } }
    : {
        bool: { filter: [...within, range.isOpen ? { match_all: {} } : candidates.query], should: verdicts },
      };
  return { query, _source: fields === null ? true : { includes: [...fields] } };
}

function rangeQuery(range: Range): QueryDsl[] {
  if (range.kind === 'slice') return range.strays ? [STRAYS] : [];
  return [{ range: { [BUCKET_FIELD]: { gte: range.from, lt: range.to } } }, { exists: { field: 'id' } }];
}

/** Its pages hold every profile, candidate or not. */
export function readsAll({ isAudit, candidates }: Asked, range: Range): boolean {
  return isAudit || candidates.isOpen || range.isOpen;
}
