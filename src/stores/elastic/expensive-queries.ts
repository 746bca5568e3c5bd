import type { Client } from '@elastic/elasticsearch';
import { withBackoff } from './backoff.ts';
import { isRecord } from './records.ts';

/**
 * Whether the cluster answers ranges and parts of texts, and asks nested objects. The setting can change at any time,
 * so it is read as often as the mapping.
 */
export async function allowsExpensive(client: Client): Promise<boolean> {
  const request = { include_defaults: true, filter_path: ['*.search.allow_expensive_queries'] };
  const { transient, persistent, defaults } = await withBackoff(() => client.cluster.getSettings(request));
  // The default is what the node's own file says, or true.
  const [given] = [transient, persistent, defaults].flatMap((settings) => valueOf(settings) ?? []);
  return given !== 'false' && given !== false;
}

function valueOf(settings: unknown): unknown {
  const search = isRecord(settings) ? settings['search'] : undefined;
  return isRecord(search) ? search['allow_expensive_queries'] : undefined;
}
