import { createHash } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import type { Client, estypes } from '@elastic/elasticsearch';
import { bucketOf } from '../../../src/stores/elastic/buckets.ts';
import { OWN_LAYOUT, TRACARDI_LAYOUT } from './mappings.ts';
import type { TracardiProfile } from './profiles.ts';

export type LayoutName = 'tracardi' | 'plain';

const PROFILES_PER_BULK = 1_000;
const BULKS_IN_FLIGHT = 3;

interface ProfileIndex {
  readonly index: string;
  readonly alias: string;
  readonly layout: LayoutName;
  /** Primary shards, 1 when left out. */
  readonly shards?: number;
}

/** An index of profiles, as Tracardi makes it or as we do; loaded as fast as a script without Strata can. */
export async function createProfileIndex(
  client: Client,
  { index, alias, layout, shards = 1 }: ProfileIndex,
  profiles: Iterable<TracardiProfile>,
): Promise<void> {
  await client.indices.delete({ index, ignore_unavailable: true });
  const { mappings, settings } = layout === 'tracardi' ? TRACARDI_LAYOUT : OWN_LAYOUT;
  await client.indices.create({
    index,
    aliases: { [alias]: {} },
    mappings,
    settings: { ...settings, number_of_shards: shards },
  });
  const documentOf = (profile: TracardiProfile): object =>
    layout === 'tracardi' ? profile : { ...profile, bucket: bucketOf(profile.id) };
  await sendBulks(client, index, profiles, (profile) => [
    { index: { _id: profile.id } },
    documentOf(profile),
  ]);
}

/**
 * Makes each of them one segment of Lucene without deleted documents. What a run before has left behind is luck, and
 * decides how fast the next one reads: where a deleted document lies between the hits of a page, Elasticsearch unpacks a
 * block for each hit instead of each block once, at up to 1.7 times the cost of a page.
 */
export async function mergeWhole(client: Client, indices: readonly string[]): Promise<void> {
  await untilMerged(client);
  await client.indices.forcemerge(
    { index: [...indices], max_num_segments: 1 },
    { requestTimeout: MERGE_TIMEOUT_MS },
  );
}
const MERGE_TIMEOUT_MS = 600_000;

/** Waits for the merges that a load or a run has left to the server: they are no part of the next measurement. */
export async function untilMerged(client: Client): Promise<void> {
  for (;;) {
    const { _all } = await client.indices.stats({ metric: 'merge' });
    if ((_all.primaries?.merges?.current ?? 0) === 0) return;
    await delay(500);
  }
}

/** Partial updates, as a tracker beside us makes them. */
export async function updateProfiles(
  client: Client,
  index: string,
  changes: Iterable<{ readonly id: string; readonly doc: object }>,
): Promise<void> {
  await sendBulks(client, index, changes, ({ id, doc }) => [{ update: { _id: id } }, { doc }]);
}

async function sendBulks<Item>(
  client: Client,
  index: string,
  items: Iterable<Item>,
  toOperations: (item: Item) => readonly object[],
): Promise<void> {
  const flights = new Set<Promise<void>>();
  let operations: object[] = [];
  const send = async (): Promise<void> => {
    if (operations.length === 0) return;
    const body = operations;
    operations = [];
    const flight = client.bulk({ index, operations: body, filter_path: 'errors' }).then(({ errors }) => {
      flights.delete(flight);
      if (errors) throw new Error('the server has refused profiles');
    });
    flights.add(flight);
    if (flights.size >= BULKS_IN_FLIGHT) await Promise.race(flights);
  };
  for (const item of items) {
    operations.push(...toOperations(item));
    if (operations.length >= 2 * PROFILES_PER_BULK) await send();
  }
  await send();
  await Promise.all(flights);
  await client.indices.refresh({ index });
}

export interface Membership {
  readonly id: string;
  readonly segments: readonly string[];
}

/** Who is in what, of all profiles, in any order: equal where the same profiles have the same memberships. */
export function digestOfMemberships(memberships: Iterable<Membership>): string {
  let sum = 0n;
  for (const membership of memberships) sum += toNumber(membership);
  return toDigest(sum);
}

/** The digest of the memberships that an index holds. */
export async function digestOf(client: Client, index: string): Promise<string> {
  const { id: pit } = await client.openPointInTime({ index, keep_alive: '5m' });
  let sum = 0n;
  let after: estypes.SortResults | undefined;
  for (;;) {
    const { hits } = (
      await client.search<{ readonly segments?: readonly string[] }>({
        pit: { id: pit, keep_alive: '5m' },
        size: 10_000,
        sort: ['_shard_doc'],
        track_total_hits: false,
        _source: ['segments'],
        ...(after === undefined ? {} : { search_after: after }),
      })
    ).hits;
    for (const { _id = '', _source } of hits) sum += toNumber({ id: _id, segments: _source?.segments ?? [] });
    if (hits.length === 0) break;
    after = hits.at(-1)?.sort;
  }
  await client.closePointInTime({ id: pit });
  return toDigest(sum);
}

function toNumber({ id, segments }: Membership): bigint {
  const text = JSON.stringify([id, segments.toSorted()]);
  return createHash('sha1').update(text).digest().readBigUInt64BE();
}

function toDigest(sum: bigint): string {
  return BigInt.asUintN(64, sum).toString(16);
}
