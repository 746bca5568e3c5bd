/**
 * The same work without Strata, as fast as we know how to write it: a point in time read in two slices, only the
 * fields the tests read, closures by hand, partial updates with a version check in bulks of 1,500, two in
 * flight. No log, no resumption, no retries. Started by bench/live-elastic.ts; prints one JSON line.
 */
import { Client, type estypes } from '@elastic/elasticsearch';
import { EXACT, FULL, type BenchFields, type BenchSegment } from './segments.ts';

const [node = '', index = '', set = 'full', count = '20', slot = ''] = process.argv.slice(2);
const PAGE = 5_000;
const BULK = 1_500;
const BULKS_IN_FLIGHT = 2;
const SLICES = 2;
const segments = (set === 'exact' ? EXACT : FULL).slice(0, Number(count));
const fields =
  set === 'exact' ? ['active', 'data.contact.address.country', 'metadata.time.visit.last'] : ['stats'];
const now = Date.parse(slot);
const client = new Client({ node });
const own = new Set(segments.map(({ id }) => id));

const started = performance.now();
const pit = await client.openPointInTime({ index, keep_alive: '5m' });
const bulks = new Set<Promise<void>>();
let pending: object[] = [];
let profiles = 0;
let changed = 0;
await Promise.all(Array.from({ length: SLICES }, (_, id) => passSlice(id)));
await flush();
await Promise.all(bulks);
await client.closePointInTime({ id: pit.id });
console.log(JSON.stringify({ seconds: (performance.now() - started) / 1000, profiles, changed }));

async function passSlice(id: number): Promise<void> {
  let after: estypes.SortResults | undefined;
  for (;;) {
    const page = await client.search<BenchFields>({
      pit: { id: pit.id, keep_alive: '5m' },
      slice: { id: String(id), max: SLICES },
      size: PAGE,
      sort: ['_shard_doc'],
      track_total_hits: false,
      seq_no_primary_term: true,
      _source: [...fields, 'segments'],
      ...(after === undefined ? {} : { search_after: after }),
    });
    const { hits } = page.hits;
    for (const hit of hits) pass(hit);
    profiles += hits.length;
    while (pending.length >= 2 * BULK) await flush();
    if (hits.length < PAGE) return;
    after = hits.at(-1)?.sort;
  }
}

function pass({ _index, _id, _source, _seq_no, _primary_term }: estypes.SearchHit<BenchFields>): void {
  const before = _source?.segments ?? [];
  const after = before.filter((value) => !own.has(value));
  for (const segment of segments) if (isMember(segment, _source)) after.push(segment.id);
  if (after.length === before.length && after.every((value) => before.includes(value))) return;
  changed += 1;
  pending.push(
    { update: { _index, _id, if_seq_no: _seq_no, if_primary_term: _primary_term } },
    { doc: { segments: after } },
  );
}

function isMember({ matches }: BenchSegment, profile: BenchFields | undefined): boolean {
  return profile !== undefined && matches(profile, now);
}

async function flush(): Promise<void> {
  if (pending.length === 0) return;
  const operations = pending.splice(0, 2 * BULK);
  const flight = client.bulk({ operations, filter_path: 'errors' }).then(({ errors }) => {
    bulks.delete(flight);
    if (errors) throw new Error('the server has refused updates');
  });
  bulks.add(flight);
  if (bulks.size >= BULKS_IN_FLIGHT) await Promise.race(bulks);
}
