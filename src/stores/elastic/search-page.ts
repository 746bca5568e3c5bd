import { errors, type Client, type estypes } from '@elastic/elasticsearch';
import { withBackoff } from './backoff.ts';
import type { Found } from './hits.ts';
import { valueOfName } from './query-rules.ts';
import { isRecord } from './records.ts';

/** A page's answer, and what it weighed. */
export interface SearchPage {
  readonly found: readonly Found[];
  /** Sort values of the last hit; null on an empty page. */
  readonly last: readonly estypes.FieldValue[] | null;
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
  const { body, headers } = await withBackoff(() => search(client, request, maxBytes));
  if (body.timed_out || body._shards.failed > 0)
    throw new Error(
      `Elasticsearch answered a page without all of its shards (${body._shards.failed} failed)`,
    );
  const { hits } = body.hits;
  return {
    found: hits.map((hit) => toFound(hit, isAudit)),
    last: hits.at(-1)?.sort ?? null,
    pit: body.pit_id ?? null,
    bytes: Number(headers?.['content-length'] ?? estimateBytes(hits)),
  };
}

async function search(client: Client, request: estypes.SearchRequest, maxBytes: number) {
  try {
    return await client.search(
      {
        ...request,
        seq_no_primary_term: true,
        track_total_hits: false,
        ...(request.pit === undefined ? { allow_partial_search_results: false } : {}),
      },
      { meta: true, maxResponseSize: maxBytes },
    );
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

/** Where no length came with the answer: from some of the hits. */
function estimateBytes(hits: readonly estypes.SearchHit[]): number {
  const step = Math.max(1, Math.floor(hits.length / 32));
  const sampled = hits.filter((_, index) => index % step === 0);
  const bytes = sampled.reduce((sum, hit) => sum + JSON.stringify(hit).length, 0);
  return sampled.length === 0 ? 0 : (bytes / sampled.length) * hits.length;
}
