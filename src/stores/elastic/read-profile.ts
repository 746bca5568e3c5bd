import type { Client } from '@elastic/elasticsearch';
import type { ProfileStore } from '../../activities/profile-store.ts';
import { newestFirst } from './copies.ts';
import { membershipOf, toDocument, withheldKeys } from './hits.ts';
import type { IndexState } from './index-state.ts';
import type { Layout } from './layout.ts';
import { findPlaces, getDocuments } from './locate.ts';
import { isRecord } from './records.ts';

/** As it is now, wherever a search has seen it. */
export async function readProfile(
  client: Client,
  { layout, state }: { readonly layout: Layout; readonly state: IndexState },
  id: string,
): Promise<Awaited<ReturnType<ProfileStore['readProfile']>>> {
  const places = await findPlaces(client, layout, id);
  const [found] = newestFirst(await getDocuments(client, places, null));
  if (found === undefined || !isRecord(found.source)) return null;
  const segments = membershipOf(found.source, layout.segmentsField);
  const withheld = withheldKeys({ layout, isOurLayout: state.isOurLayout });
  const document = toDocument({ layout, withheld }, found.source, segments ?? []);
  if (segments !== null) return { document, segments };
  // A membership of the wrong shape is shown as it stands.
  return {
    document: { ...document, [layout.segmentsField]: found.source[layout.segmentsField] },
    segments: [],
  };
}
