import type { Client } from '@elastic/elasticsearch';
import { UserError } from '../../domain/errors.ts';
import { withBackoff } from './backoff.ts';
import { bucketOf } from './buckets.ts';
import type { IndexState } from './index-state.ts';
import { BUCKET_FIELD, type Layout } from './layout.ts';
import { isRecord } from './records.ts';

const BODY_DOCUMENTS = 1_000;

/**
 * Writes documents as a tracker of our own layout would, each with its bucket: new ones whole, known ones merged
 * field by field, their membership kept.
 */
export async function putProfiles(
  client: Client,
  { layout, state }: { readonly layout: Layout; readonly state: IndexState },
  documents: AsyncIterable<unknown> | Iterable<unknown>,
): Promise<void> {
  if (!state.isOurLayout)
    throw new UserError(
      `The index "${layout.index}" is not of Strata's own layout; its writers put documents there.`,
    );
  let body: Record<string, unknown>[] = [];
  const flush = async (): Promise<void> => {
    const operations = body;
    body = [];
    if (operations.length === 0) return;
    const { items } = await withBackoff(() => client.bulk({ index: layout.index, operations }));
    const failed = items.find(({ update }) => update?.error !== undefined)?.update;
    if (failed !== undefined)
      throw new UserError(
        `Profile ${failed._id} cannot be kept: ${failed.error?.reason ?? failed.error?.type}.`,
      );
  };
  for await (const document of documents) {
    if (!isRecord(document) || typeof document['id'] !== 'string')
      throw new UserError('A profile without an "id" of text cannot be kept.');
    const { id, [layout.segmentsField]: segments, ...rest } = document;
    const doc = { id, ...rest, [BUCKET_FIELD]: bucketOf(id) };
    body.push({ update: { _id: id } }, { doc, upsert: { ...doc, [layout.segmentsField]: segments ?? [] } });
    if (body.length >= 2 * BODY_DOCUMENTS) await flush();
  }
  await flush();
}
