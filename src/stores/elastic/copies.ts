import type { Client, estypes } from '@elastic/elasticsearch';
import type { KnownProfile, SetAsideProfile } from '../../domain/profile.ts';
import { UPDATED_AT, updatedAt, type Found } from './hits.ts';
import type { Layout } from './layout.ts';
import { isRecord } from './records.ts';
import { searchById } from './search-by-id.ts';
import { versionOf } from './version.ts';

/** One of the documents that an id can have: months of an alias, as a rule. */
interface Copy {
  readonly location: Pick<Found['location'], 'index' | 'docId'>;
  /** Of the function of that name. */
  readonly updatedAt: number;
}

/** The copy that was updated last is the profile; of those that do not differ, the one in the last index by name. */
export function newestFirst(copies: readonly Found[]): readonly Found[] {
  return copies.toSorted((a, b) => byAge(toCopy(a), toCopy(b)));
}

function toCopy({ location, source }: Found): Copy {
  return { location, updatedAt: updatedAt(source) };
}

function byAge(a: Copy, b: Copy): number {
  const numeric = { numeric: true } as const;
  return (
    b.updatedAt - a.updatedAt ||
    b.location.index.localeCompare(a.location.index, 'en', numeric) ||
    b.location.docId.localeCompare(a.location.docId, 'en', numeric)
  );
}

/**
 * Those of the profiles of which another index holds a newer copy, as far as a search sees it. The index that a
 * profile was read from is not asked, so that a store without copies answers nothing but that.
 */
export async function findOlderCopies(
  client: Client,
  layout: Layout,
  profiles: readonly KnownProfile[],
): Promise<readonly SetAsideProfile[]> {
  const byIndex = new Map<string, Map<string, Copy>>();
  for (const profile of profiles) {
    const version = versionOf(profile);
    const { index } = version.location;
    const own = byIndex.get(index) ?? new Map<string, Copy>();
    byIndex.set(index, own.set(profile.id, version));
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
  const source = [layout.idField, UPDATED_AT.join('.')];
  const hits = await searchById(client, layout, { ids, exceptIndex: index, source });
  return hits.map((hit) => ofHit(layout, hit));
}

function ofHit({ idField }: Layout, hit: estypes.SearchHit): Copy & { readonly id: string } {
  const { _index: index, _id: docId = '', _source: source } = hit;
  const id = idField === '_id' ? docId : isRecord(source) ? String(source[idField]) : '';
  return { id, location: { index, docId }, updatedAt: updatedAt(source) };
}

function olderCopy(id: string, index: string): SetAsideProfile {
  return {
    id,
    reason: `an older copy, in the index ${index}, of a profile that lives in another one too`,
  };
}
