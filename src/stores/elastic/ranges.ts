import { BUCKETS } from './buckets.ts';

interface Planned {
  /** How many profiles it held when it was planned. */
  readonly total: number;
  /** Every profile is read: to ask the server for candidates alone would cost more. */
  readonly isOpen: boolean;
}

/** Buckets of our own layout, `to` exclusive. */
export interface BucketRange extends Planned {
  readonly kind: 'buckets';
  readonly from: number;
  readonly to: number;
}

/** A part of the profile space. */
export type Range =
  | BucketRange
  /** A slice of a point in time, of all documents or of those that no bucket range meets. */
  | (Planned & {
      readonly kind: 'slice';
      readonly slice: number;
      readonly of: number;
      readonly strays: boolean;
      readonly pit: string;
    });

export function toRangeText(range: Range): string {
  const asked = range.isOpen ? 'all ' : '';
  return range.kind === 'buckets'
    ? `b ${asked}${range.from}-${range.to} ${range.total}`
    : `${range.strays ? 's' : 'p'} ${asked}${range.slice}/${range.of} ${range.total} ${range.pit}`;
}

export function fromRangeText(text: string): Range {
  const buckets = /^b (all )?(\d+)-(\d+) (\d+)$/.exec(text);
  if (buckets !== null) {
    const [, all, from, to, total] = buckets;
    return {
      kind: 'buckets',
      isOpen: all !== undefined,
      from: Number(from),
      to: Number(to),
      total: Number(total),
    };
  }
  const slice = /^([sp]) (all )?(\d+)\/(\d+) (\d+) (\S+)$/.exec(text);
  if (slice === null) throw new Error(`not a range of Elasticsearch: ${text.slice(0, 80)}`);
  const [, kind, all, number, of, total, pit = ''] = slice;
  return {
    kind: 'slice',
    strays: kind === 's',
    isOpen: all !== undefined,
    slice: Number(number),
    of: Number(of),
    total: Number(total),
    pit,
  };
}

/** As many whole buckets of the range as hold about so many profiles; null where a single one holds more. */
export function someBuckets(range: BucketRange, from: number, profiles: number): BucketRange | null {
  const perBucket = range.total / (range.to - range.from);
  const buckets = Math.floor(profiles / perBucket);
  return buckets < 1 ? null : { ...range, from, to: Math.min(range.to, from + buckets) };
}

/** Buckets of equal width, with what they hold. */
export interface BucketCell {
  readonly from: number;
  readonly profiles: number;
  readonly candidates: number;
}

/** Cells are this wide: narrow enough to cut evenly, few enough to count in one request. */
export const CELL_BUCKETS = 8;

/** Cuts all buckets into at most `batches` ranges that hold about as many candidates each. */
export function cutBuckets(cells: readonly BucketCell[], batches: number, isOpen: boolean): readonly Range[] {
  const total = cells.reduce((sum, { candidates }) => sum + candidates, 0);
  const ranges: Range[] = [];
  let from = 0;
  let profiles = 0;
  let seen = 0;
  for (const cell of cells) {
    profiles += cell.profiles;
    seen += cell.candidates;
    const isFull = seen >= (total * (ranges.length + 1)) / batches;
    if (!isFull || ranges.length === batches - 1) continue;
    const to = cell.from + CELL_BUCKETS;
    ranges.push({ kind: 'buckets', isOpen, from, to, total: profiles });
    from = to;
    profiles = 0;
  }
  return profiles === 0 && ranges.length > 0
    ? widenLast(ranges)
    : [...ranges, { kind: 'buckets', isOpen, from, to: BUCKETS, total: profiles }];
}

/** What is written into the empty rest after the plan still belongs to a range. */
function widenLast(ranges: readonly Range[]): readonly Range[] {
  const last = ranges.at(-1);
  return last?.kind === 'buckets' ? [...ranges.slice(0, -1), { ...last, to: BUCKETS }] : ranges;
}

/** Slices of one point in time; a multiple of the shards, because each slice then reads one shard. */
export function sliceCount(batches: number, shards: number, maxBatches: number): number {
  const limit = Math.min(MAX_SLICES, maxBatches);
  if (batches <= 1 || shards >= limit) return Math.min(batches, limit);
  return Math.min(Math.ceil(batches / shards) * shards, Math.floor(limit / shards) * shards);
}

/** `index.max_slices_per_pit`, unless somebody has changed it. */
const MAX_SLICES = 1_024;
