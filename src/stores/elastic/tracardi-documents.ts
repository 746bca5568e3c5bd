import type { Client } from '@elastic/elasticsearch';
import { UserError } from '../../domain/errors.ts';
import type { TracardiDocuments } from '../../domain/tracardi/import-installation.ts';

/** The aliases or indices that hold what Tracardi segments by. */
export interface TracardiIndices {
  readonly liveSegments: string;
  readonly flows: string;
  readonly segments: string;
}

const PAGE_SIZE = 500;

/**
 * Reads all that a Tracardi installation segments by, and changes nothing. An index that is not there is empty:
 * post-event and live segments came and went with Tracardi's versions. None at all is a UserError.
 */
export async function readTracardiDocuments(
  client: Client,
  { liveSegments, flows, segments }: TracardiIndices,
): Promise<TracardiDocuments> {
  const names = [liveSegments, flows, segments];
  const there = await Promise.all(names.map((index) => client.indices.exists({ index })));
  if (!there.includes(true))
    throw new UserError(
      `Elasticsearch has none of ${names.join(', ')}. PRODUCTION, TENANT_NAME and TRACARDI_VERSION decide these names.`,
    );
  const read = async (index: string, isThere: boolean): Promise<readonly unknown[]> =>
    isThere ? readAll(client, index) : [];
  return {
    liveSegments: await read(liveSegments, there[0] === true),
    flows: await read(flows, there[1] === true),
    segments: await read(segments, there[2] === true),
  };
}

/** By a scroll, which every supported version has, and which sees the index as it was at the first page. */
async function readAll(client: Client, index: string): Promise<readonly unknown[]> {
  const documents: unknown[] = [];
  const pages = client.helpers.scrollSearch({
    index,
    size: PAGE_SIZE,
    scroll: '1m',
    sort: ['_doc'],
    allow_partial_search_results: false,
    // The copy before the last deployment: never run.
    _source_excludes: ['backup'],
  });
  for await (const { body } of pages) documents.push(...body.hits.hits.map((hit) => hit._source));
  return documents.toSorted(byId);
}

/** The order of an index means nothing; ids make the same files of the same documents. */
function byId(a: unknown, b: unknown): number {
  const [left, right] = [idOf(a), idOf(b)];
  return left < right ? -1 : left > right ? 1 : 0;
}

function idOf(document: unknown): string {
  const id: unknown =
    typeof document === 'object' && document !== null && 'id' in document ? document.id : '';
  return typeof id === 'string' ? id : '';
}
