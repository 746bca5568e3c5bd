import type { Client, estypes } from '@elastic/elasticsearch';
import type { QueryRule } from '../../activities/profile-store.ts';
import type { ProfilePage, SetAsideProfile, StoredProfile } from '../../domain/profile.ts';
import type { Candidates } from './brackets/candidates.ts';
import { dropOlderCopies } from './copies.ts';
import { readHit, type HitReader } from './hits.ts';
import { BUCKET_FIELD, type Layout } from './layout.ts';
import { AnswerTooLong } from './client.ts';
import { createPageSize, MAX_PAGE_BYTES } from './page-size.ts';
import { nameQueries } from './query-rules.ts';
import { fromRangeText, type Range } from './ranges.ts';
import { KEEP_ALIVE, openPointInTime, STRAYS } from './scan-plan.ts';
import { CANDIDATE, PointInTimeLost, searchPage, type SearchPage } from './search-page.ts';

type QueryDsl = estypes.QueryDslQueryContainer;

export interface PageReaderParts {
  readonly client: Client;
  readonly layout: Layout;
  readonly reader: HitReader;
  readonly candidates: Candidates;
  /** Each hit says which of them it matches. */
  readonly queries: readonly QueryRule[];
  readonly isAudit: boolean;
  /** null reads whole documents. */
  readonly fields: readonly string[] | null;
}

/** Where a range is read on from. */
interface Cursor {
  readonly after: readonly estypes.FieldValue[] | null;
  /** Profiles that the pages so far have passed. */
  readonly passed: number;
  /** The point in time that goes on where the range's own was lost; it is read whole, slices fit only their own. */
  readonly pit: string | null;
  readonly whole: boolean;
}

const START: Cursor = { after: null, passed: 0, pit: null, whole: false };

/** Pages over ranges, their size learnt as they come. */
export function createPageReader(
  parts: PageReaderParts,
): (range: string, after: string | null) => Promise<ProfilePage> {
  const size = createPageSize({ whole: parts.fields === null });
  const limits = { maxBytes: MAX_PAGE_BYTES, isAudit: parts.isAudit };

  async function readPage(rangeText: string, after: string | null): Promise<ProfilePage> {
    const range = fromRangeText(rangeText);
    const cursor = after === null ? START : toCursor(after);
    try {
      return await readOn(range, cursor);
    } catch (error) {
      if (!(error instanceof PointInTimeLost)) throw error;
      // Another point in time is cut otherwise, so all of it is read: what is done already costs almost nothing.
      const pit = await openPointInTime(parts.client, parts.layout);
      return readOn(range, { ...START, pit, whole: true });
    }
  }

  async function readOn(range: Range, cursor: Cursor): Promise<ProfilePage> {
    for (;;) {
      const hits = size.hits();
      try {
        const page = await searchPage(parts.client, requestOf(parts, { range, cursor, hits }), limits);
        size.learn(page.found.length, page.bytes);
        return toPage(parts, { range, cursor, page, isLast: page.found.length < hits });
      } catch (error) {
        if (!(error instanceof AnswerTooLong)) throw error;
        if (!size.shrink()) return setOneAside(parts, range, cursor);
      }
    }
  }

  return readPage;
}

/** A single document that is too long to be read: only its name is. */
async function setOneAside(parts: PageReaderParts, range: Range, cursor: Cursor): Promise<ProfilePage> {
  const { client, layout, isAudit } = parts;
  const fields = layout.idField === '_id' ? [] : [layout.idField];
  const request = requestOf({ ...parts, fields }, { range, cursor, hits: 1 });
  const page = await searchPage(client, request, { maxBytes: MAX_PAGE_BYTES, isAudit });
  const isLast = page.found.length === 0;
  const { profiles, setAside, ...rest } = toPage(parts, { range, cursor, page, isLast });
  const reason = `the document is longer than ${MAX_PAGE_BYTES} bytes, which is more than is evaluated`;
  return { ...rest, profiles: [], setAside: [...setAside, ...profiles.map(({ id }) => ({ id, reason }))] };
}

interface PageRequest {
  readonly range: Range;
  readonly cursor: Cursor;
  readonly hits: number;
}

function requestOf(
  { layout, candidates, queries, isAudit, fields }: PageReaderParts,
  { range, cursor, hits }: PageRequest,
): estypes.SearchRequest {
  const within = rangeQuery(range);
  // Beside a filter, and only there, nothing has to match what is only marked.
  const verdicts = nameQueries(queries);
  const marked = { bool: { filter: [candidates.query], _name: CANDIDATE } };
  const query: QueryDsl = isAudit
    ? { bool: { filter: [...within, { match_all: {} }], should: [marked, ...verdicts] } }
    : {
        bool: { filter: [...within, range.isOpen ? { match_all: {} } : candidates.query], should: verdicts },
      };
  const common = {
    size: hits,
    query,
    _source: fields === null ? true : { includes: [...fields] },
    ...(cursor.after === null ? {} : { search_after: [...cursor.after] }),
  };
  if (range.kind === 'buckets')
    return { ...common, index: layout.index, sort: [{ [BUCKET_FIELD]: 'asc' }, { id: 'asc' }] };
  return {
    ...common,
    sort: [{ _shard_doc: 'asc' }],
    pit: { id: cursor.pit ?? range.pit, keep_alive: KEEP_ALIVE },
    ...(cursor.whole || range.of === 1 ? {} : { slice: { id: String(range.slice), max: range.of } }),
  };
}

function rangeQuery(range: Range): QueryDsl[] {
  if (range.kind === 'slice') return range.strays ? [STRAYS] : [];
  return [{ range: { [BUCKET_FIELD]: { gte: range.from, lt: range.to } } }, { exists: { field: 'id' } }];
}

interface ReadPage {
  readonly range: Range;
  readonly cursor: Cursor;
  readonly page: SearchPage;
  readonly isLast: boolean;
}

function toPage(
  { reader, candidates }: PageReaderParts,
  { range, cursor, page, isLast }: ReadPage,
): ProfilePage {
  const profiles: StoredProfile[] = [];
  const setAside: SetAsideProfile[] = [];
  const { chosen, others } = dropOlderCopies(
    page.found.map((found) => ({ found, read: readHit(reader, found) })),
  );
  for (const { read } of chosen) {
    if (read.kind === 'profile') profiles.push(read.profile);
    else setAside.push(read.profile);
  }
  setAside.push(...others);
  const met = page.found.length;
  // Pages hold candidates only; the others of the range are passed with its last one.
  const isOpen = candidates.isOpen || range.isOpen;
  const passed = isLast && !isOpen ? Math.max(met, range.total - cursor.passed) : met;
  const next: Cursor = {
    after: page.last,
    passed: cursor.passed + met,
    pit: page.pit === null || (range.kind === 'slice' && page.pit === range.pit) ? cursor.pit : page.pit,
    whole: cursor.whole,
  };
  return { profiles, setAside, passed, next: isLast ? null : JSON.stringify(next) };
}

/** A text that this file wrote. */
function toCursor(text: string): Cursor {
  return JSON.parse(text) as Cursor;
}
