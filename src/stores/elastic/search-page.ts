import { errors, type Client, type estypes } from '@elastic/elasticsearch';
import { withBackoff } from './backoff.ts';
import { AS_TEXT } from './client.ts';
import type { Found } from './hits.ts';
import { splitAnswer } from './page-text.ts';
import { valueOfName } from './query-rules.ts';
import { isRecord } from './records.ts';

/** A page's answer, and what it weighed. */
export interface SearchPage {
  /** Gone through once; each is parsed when it is asked for. */
  readonly found: Iterable<Found>;
  readonly length: number;
  /** Sort values of the last hit; null on an empty page. */
  last(): readonly estypes.FieldValue[] | null;
  readonly pit: string | null;
  readonly bytes: number;
}

/** The point in time is gone: it expired, or the node that held it went away. */
export class PointInTimeLost extends Error {
  override readonly name = 'PointInTimeLost';
}

export const CANDIDATE = 'candidate';

/** One page; anything less than all shards' complete answer is an error, or members would silently vanish. */
export async function searchPage(
  client: Client,
  request: estypes.SearchRequest,
  { maxBytes, isAudit }: { readonly maxBytes: number; readonly isAudit: boolean },
): Promise<SearchPage> {
  const text = await withBackoff(() => search(client, request, maxBytes));
  const { rest, hits } = splitAnswer(text);
  const shards = rest['_shards'];
  const failed = isRecord(shards) ? Number(shards['failed']) : NaN;
  if (rest['timed_out'] === true || failed !== 0)
    throw new Error(`Elasticsearch answered a page without all of its shards (${failed} failed)`);
  const { pit_id: pit } = rest;
  return {
    found: findEach(hits, isAudit),
    length: hits.length,
    last: () => hits.last()?.sort ?? null,
    pit: typeof pit === 'string' ? pit : null,
    bytes: Buffer.byteLength(text),
  };
}

function* findEach(hits: Iterable<estypes.SearchHit>, isAudit: boolean): Generator<Found> {
  for (const hit of hits) yield toFound(hit, isAudit);
}

/** The text of the answer. */
async function search(client: Client, request: estypes.SearchRequest, maxBytes: number): Promise<string> {
  try {
    const answer: unknown = await client.search(
      {
        ...request,
        seq_no_primary_term: true,
        track_total_hits: false,
        ...(request.pit === undefined ? { allow_partial_search_results: false } : {}),
      },
      { maxResponseSize: maxBytes, context: AS_TEXT },
    );
    if (typeof answer !== 'string') throw new Error('an answer was parsed that was to be left as text');
    return answer;
  } catch (error) {
    if (isLost(error)) throw new PointInTimeLost('the point in time of this pass is gone', { cause: error });
    throw error;
  }
}

function isLost(error: unknown): boolean {
  if (!(error instanceof errors.ResponseError)) return false;
  const body: unknown = error.body;
  return JSON.stringify(isRecord(body) ? body['error'] : '').includes('search_context_missing_exception');
}

const NONE: readonly string[] = [];

/** Only an audit meets profiles that are no candidates. */
function toFound(hit: estypes.SearchHit, isAudit: boolean): Found {
  const names = Array.isArray(hit.matched_queries) ? hit.matched_queries : NONE;
  return {
    location: {
      index: hit._index,
      docId: hit._id ?? '',
      routing: hit._routing ?? null,
      seqNo: hit._seq_no ?? -1,
      primaryTerm: hit._primary_term ?? -1,
    },
    source: hit._source,
    candidate: !isAudit || names.includes(CANDIDATE),
    matchedQueries: names.length === 0 ? NONE : names.flatMap((name) => valueOfName(name) ?? []),
  };
}
