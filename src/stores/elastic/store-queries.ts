import type { Client, estypes } from '@elastic/elasticsearch';
import type { StoreQueries } from '../../activities/profile-store.ts';
import { UserError } from '../../domain/errors.ts';
import { withBackoff } from './backoff.ts';
import { newestFirst } from './copies.ts';
import type { Layout } from './layout.ts';
import { findPlaces } from './locate.ts';
import { queryDsl } from './query-rules.ts';
import { refresh, searchPlaces } from './search-places.ts';

export function createStoreQueries(client: Client, layout: Layout): StoreQueries {
  async function refused(queries: readonly string[]): Promise<ReadonlyMap<string, string>> {
    const reasons = new Map<string, string>();
    for (const query of new Set(queries)) {
      const answer = await validate(query);
      if (!answer.valid) reasons.set(query, reasonOf(answer));
    }
    return reasons;
  }

  async function validate(query: string): Promise<estypes.IndicesValidateQueryResponse> {
    // Indices behind one alias map the same field differently, so one shard does not speak for all.
    const request = { index: layout.index, query: queryDsl(query), explain: true, all_shards: true };
    const answer = await withBackoff(() => client.indices.validateQuery(request));
    if ((answer._shards?.failed ?? 0) > 0)
      throw new Error(`Elasticsearch could not ask all of its shards whether they take the query ${query}`);
    return answer;
  }

  return {
    refused,
    matches: async (query, id) => {
      const reason = (await refused([query])).get(query);
      if (reason !== undefined) throw new UserError(`Elasticsearch refuses the query ${query}: ${reason}`);
      await refresh(client, layout);
      const queries = [{ value: id, query, mode: 'sync' as const }];
      const places = await findPlaces(client, layout, id);
      const [found] = newestFirst(await searchPlaces({ client, layout, queries, fields: null }, places));
      return (found?.matchedQueries.length ?? 0) > 0;
    },
  };
}

const CAUSE = /(?:[a-z]\w*\.)+[A-Z]\w*: /;
const HINT =
  'a value must be one that its field can have, and a term without a field is asked of every field: name its field';
const CHEAPER =
  'write it without wildcards and without ranges of texts, or ask whoever runs the cluster to allow them';

/** The server nests causes, each behind the name of its class; the innermost one's first line is the mistake. */
function reasonOf({ explanations = [], error }: estypes.IndicesValidateQueryResponse): string {
  const text = explanations.find(({ valid }) => !valid)?.error ?? error ?? 'it gives no reason';
  const innermost = text.split(CAUSE).at(-1)?.split('\n')[0] ?? text;
  if (innermost.startsWith('Cannot parse')) return innermost;
  return `${innermost}; ${innermost.includes('allow_expensive_queries') ? CHEAPER : HINT}`;
}
