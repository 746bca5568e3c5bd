import type { Client } from '@elastic/elasticsearch';
import type { MetProfile, ProfilePage } from '../../domain/profile.ts';
import { readHit, type Found, type HitReader } from './hits.ts';
import { AnswerTooLong } from './client.ts';
import {
  bucketsRequest,
  readsAll,
  requestOf,
  type Asked,
  type Cursor,
  type PageRequest,
} from './page-request.ts';
import { createPageSize, MAX_PAGE_BYTES } from './page-size.ts';
import { fromRangeText, someBuckets, type Range } from './ranges.ts';
import { openPointInTime } from './scan-plan.ts';
import { PointInTimeLost, searchPage, type SearchPage } from './search-page.ts';

export interface PageReaderParts extends Asked {
  readonly client: Client;
  readonly reader: HitReader;
}

const START: Cursor = { after: null, from: null, passed: 0, pit: null, whole: false };

/** Pages over ranges, their size learnt as they come. */
export function createPageReader(
  parts: PageReaderParts,
): (range: string, after: string | null) => Promise<ProfilePage> {
  const size = createPageSize({ whole: parts.fields === null });

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
      const all = readsAll(parts, range);
      const hits = size.hits();
      try {
        const asked = { range, cursor, hits };
        const read = (all ? await readBuckets(parts, asked) : null) ?? (await readSorted(parts, asked));
        size.learn(read.page.length, read.page.bytes);
        return toPage(parts, read);
      } catch (error) {
        if (!(error instanceof AnswerTooLong)) throw error;
        if (!size.shrink()) return setOneAside(parts, range, cursor);
      }
    }
  }

  return readPage;
}

async function readSorted(parts: PageReaderParts, asked: PageRequest): Promise<ReadPage> {
  const { range, cursor, hits } = asked;
  const page = await searchPage(parts.client, requestOf(parts, asked), limitsOf(parts));
  return { range, cursor, page, isLast: page.length < hits };
}

/** Whole buckets, which need no sorting; null where a page cannot hold them, and in the midst of one. */
async function readBuckets(
  parts: PageReaderParts,
  { range, cursor, hits }: PageRequest,
): Promise<ReadPage | null> {
  if (range.kind !== 'buckets' || cursor.after !== null) return null;
  const part = someBuckets(range, cursor.from ?? range.from, hits);
  if (part === null) return null;
  const request = bucketsRequest(parts, part, hits);
  const page = await searchPage(parts.client, request, limitsOf(parts)).catch((error: unknown) => {
    if (error instanceof AnswerTooLong) return null;
    throw error;
  });
  // Of an answer that is full there may be more.
  if (page === null || page.length >= request.size) return null;
  const next = { ...cursor, from: part.to };
  return { range, cursor: next, page: { ...page, last: () => null }, isLast: part.to === range.to };
}

function limitsOf({ isAudit }: PageReaderParts): Parameters<typeof searchPage>[2] {
  return { maxBytes: MAX_PAGE_BYTES, isAudit };
}

/** A single document that is too long to be read: only its name is. */
async function setOneAside(parts: PageReaderParts, range: Range, cursor: Cursor): Promise<ProfilePage> {
  const { client, layout } = parts;
  const fields = layout.idField === '_id' ? [] : [layout.idField];
  const request = requestOf({ ...parts, fields }, { range, cursor, hits: 1 });
  const page = await searchPage(client, request, limitsOf(parts));
  const isLast = page.length === 0;
  const { met, ...rest } = toPage(parts, { range, cursor, page, isLast });
  const reason = `the document is longer than ${MAX_PAGE_BYTES} bytes, which is more than is evaluated`;
  return { ...rest, met: setEachAside(met, reason) };
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
  const { length } = page;
  // Pages hold candidates only; the others of the range are passed with its last one.
  const isOpen = candidates.isOpen || range.isOpen;
  const passed = isLast && !isOpen ? Math.max(length, range.total - cursor.passed) : length;
  const next: Cursor = {
    after: page.last(),
    from: cursor.from,
    passed: cursor.passed + length,
    pit: page.pit === null || (range.kind === 'slice' && page.pit === range.pit) ? cursor.pit : page.pit,
    whole: cursor.whole,
  };
  return { met: readEach(reader, page.found), passed, next: isLast ? null : JSON.stringify(next) };
}

function* readEach(reader: HitReader, found: Iterable<Found>): Generator<MetProfile> {
  for (const each of found) yield readHit(reader, each);
}

function setEachAside(met: Iterable<MetProfile>, reason: string): readonly MetProfile[] {
  return Array.from(met, (each) =>
    each.kind === 'set aside' ? each : { kind: 'set aside', profile: { id: each.profile.id, reason } },
  );
}

/** A text that this file wrote. */
function toCursor(text: string): Cursor {
  return JSON.parse(text) as Cursor;
}
