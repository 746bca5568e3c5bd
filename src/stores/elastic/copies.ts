import type { Client, estypes } from '@elastic/elasticsearch';
import type { SetAsideProfile, StoredProfile } from '../../domain/profile.ts';
import { withBackoff } from './backoff.ts';
import { UPDATED_AT, updatedAt, type Found, type ReadHit } from './hits.ts';
import type { Layout } from './layout.ts';
import { hasIds, MAX_HITS } from './locate.ts';
import { isRecord } from './records.ts';
import { fromVersion } from './version.ts';

/** One of the documents that an id can have: months of an alias, as a rule. */
interface Copy {
  readonly location: Pick<Found['location'], 'index' | 'docId'>;
  readonly source: unknown;
}

/** The copy that was updated last is the profile; of those that do not differ, the one in the last index by name. */
export function newestFirst<T extends Copy>(copies: readonly T[]): readonly T[] {
  return copies.toSorted(byAge);
}

function byAge(a: Copy, b: Copy): number {
  const numeric = { numeric: true } as const;
  return (
    updatedAt(b.source) - updatedAt(a.source) ||
    b.location.index.localeCompare(a.location.index, 'en', numeric) ||
    b.location.docId.localeCompare(a.location.docId, 'en', numeric)
  );
}

export interface ReadFound {
  readonly found: Found;
  readonly read: ReadHit;
}

/** Of copies that were read together, the newest of each id and, as set aside, the others. */
export function dropOlderCopies(hits: readonly ReadFound[]): {
  readonly chosen: readonly ReadFound[];
  readonly others: readonly SetAsideProfile[];
} {
  const byId = new Map<string, ReadFound>();
  const others: SetAsideProfile[] = [];
  for (const hit of hits) {
    const { id } = hit.read.profile;
    const known = byId.get(id);
    const isNewer = known === undefined || byAge(hit.found, known.found) < 0;
    const older = isNewer ? known : hit;
    if (older !== undefined) others.push(olderCopy(id, older.found.location.index));
    if (isNewer) byId.set(id, hit);
  }
  return others.length === 0 ? { chosen: hits, others } : { chosen: [...byId.values()], others };
}

/** Ids of one request, so that their copies in many months fit into its answer. */
const IDS = 500;

/**
 * Those of the profiles of which another index holds a newer copy, as far as a search sees it. The index that a
 * profile was read from is not asked, so that a store without copies answers nothing but that.
 */
export async function findOlderCopies(
  client: Client,
  layout: Layout,
  profiles: readonly StoredProfile[],
): Promise<readonly SetAsideProfile[]> {
  const byIndex = new Map<string, Map<string, Copy>>();
  for (const { id, version, document } of profiles) {
    const { location } = fromVersion(version);
    const own = byIndex.get(location.index) ?? new Map<string, Copy>();
    byIndex.set(location.index, own.set(id, { location, source: document }));
  }
  const older = new Map<string, SetAsideProfile>();
  for (const [index, own] of byIndex) {
    for (const { id, ...copy } of await findElsewhere(client, layout, index, [...own.keys()])) {
      const known = own.get(id);
      if (known !== undefined && byAge(copy, known) < 0) older.set(id, olderCopy(id, index));
    }
  }
  return [...older.values()];
}

async function findElsewhere(
  client: Client,
  layout: Layout,
  index: string,
  ids: readonly string[],
): Promise<readonly (Copy & { readonly id: string })[]> {
  const found: (Copy & { readonly id: string })[] = [];
  let size = IDS;
  for (let from = 0; from < ids.length;) {
    const asked = ids.slice(from, from + size);
    const query: estypes.QueryDslQueryContainer = {
      bool: {
        filter: [hasIds(layout, asked)],
        must_not: [{ term: { _index: index } }],
      },
    };
    const request = {
      index: layout.index,
      query,
      _source: [layout.idField, UPDATED_AT.join('.')],
      size: MAX_HITS,
      allow_partial_search_results: false,
    };
    const { hits } = await withBackoff(() => client.search(request));
    if (hits.hits.length === MAX_HITS && asked.length > 1) {
      // An answer that is full may lack copies: ask for fewer profiles at a time.
      size = Math.ceil(asked.length / 2);
      continue;
    }
    found.push(...hits.hits.map((hit) => toCopy(layout, hit)));
    from += asked.length;
  }
  return found;
}

function toCopy({ idField }: Layout, hit: estypes.SearchHit): Copy & { readonly id: string } {
  const { _index: index, _id: docId = '', _source: source } = hit;
  const id = idField === '_id' ? docId : isRecord(source) ? String(source[idField]) : '';
  return { id, location: { index, docId }, source };
}

function olderCopy(id: string, index: string): SetAsideProfile {
  return {
    id,
    reason: `an older copy, in the index ${index}, of a profile that lives in another one too`,
  };
}
