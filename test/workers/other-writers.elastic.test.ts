import { errors, type Client } from '@elastic/elasticsearch';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createDefinitionReader } from '../../src/activities/definitions.ts';
import type { DefinitionSource } from '../../src/domain/definition.ts';
import { describeWithTemporalAndElastic, uniqueIndex } from '../support/elastic.ts';
import { startMeddled, type MeddledStrata } from '../support/elastic/meddled.ts';
import { recompute } from '../support/recompute.ts';
import { readAllProfiles } from '../support/stored-profiles.ts';

const PROFILES = 6_000;
const VALUES = ['gold', 'busy', 'buyers', 'star'];
const DEFINITIONS: readonly DefinitionSource[] = [
  live('gold', 'condition: profile@rank < 2500'),
  live('busy', 'condition: profile@traits.touched > 1'),
  live('buyers', 'condition: profile@traits.orders >= 3 OR profile@segments CONTAINS "gold"'),
  live(
    'star',
    'workflow:\n  steps:\n    - when: profile@rank < 600\n      then: [{ add: star }]\n      else: [{ remove: star }]',
  ),
];

function live(id: string, rest: string): DefinitionSource {
  return { file: `${id}.yaml`, content: `id: ${id}\nkind: live\n${rest}\n` };
}

function nameOf(rank: number): string {
  return `p-${String(rank).padStart(5, '0')}`;
}

type Document = Record<string, unknown> & { traits: Record<string, number> };

/** Counts up a trait of single profiles, as a tracker does that loses nothing; remembers what it has counted. */
function createTracker(client: Client, index: string) {
  const touched = new Map<string, number>();
  return {
    touched,
    touch: async (id: string): Promise<void> => {
      for (;;) {
        const { _source, _seq_no, _primary_term } = await client.get<Document>({ index, id });
        const before = _source?.traits['touched'] ?? 0;
        try {
          await client.update({
            index,
            id,
            doc: { traits: { touched: before + 1 } },
            if_seq_no: _seq_no!,
            if_primary_term: _primary_term!,
          });
          touched.set(id, (touched.get(id) ?? 0) + 1);
          return;
        } catch (error) {
          if (!(error instanceof errors.ResponseError && error.statusCode === 409)) throw error;
        }
      }
    },
  };
}

describeWithTemporalAndElastic('runs beside other writers of the same profiles', () => {
  const index = uniqueIndex('shared');
  let strata: MeddledStrata;
  let client: Client;
  let tracker: ReturnType<typeof createTracker>;
  /** Documents as a slow writer has read them before the first run. */
  const stale = new Map<string, Document>();

  beforeAll(async () => {
    strata = await startMeddled(index);
    client = strata.elastic;
    await strata.stores.putProfiles(
      Array.from({ length: PROFILES }, (_, rank) => ({
        id: nameOf(rank),
        rank,
        traits: { touched: 0, orders: rank % 5 },
      })),
    );
    tracker = createTracker(client, index);
    await strata.apply(DEFINITIONS);
    for (let rank = 0; rank < PROFILES; rank += 30) {
      const { _source } = await client.get<Document>({ index, id: nameOf(rank) });
      if (_source !== undefined) stale.set(nameOf(rank), _source);
    }
  });

  afterAll(() => strata.stop());

  test('no trait and no membership is lost; what was undone is counted, restored and not logged twice', async () => {
    // Between a page's reading and its writing, the tracker changes some of the profiles to be written.
    const disturbed = new Set<string>();
    strata.meddle(async ({ changes, runId }) => {
      const others = changes.filter(({ id }) => !stale.has(id) && !disturbed.has(`${runId} ${id}`));
      for (const { id } of others.slice(0, 15)) {
        disturbed.add(`${runId} ${id}`);
        await tracker.touch(id);
      }
    });
    const first = await strata.run({ slot: '2036-11-20T09:00:00.000Z' });
    for (const [id, document] of stale) await client.index({ index, id, document });
    const undone = await readLog(first.runId, [...stale.keys()]);
    const second = await strata.run({ slot: '2036-11-20T10:00:00.000Z' });
    strata.meddle(async () => undefined);
    const third = await strata.run({ slot: '2036-11-20T11:00:00.000Z' });

    expect([first, second, third].map(({ state }) => state)).toEqual(Array(3).fill('completed'));
    expect(first.totals).toMatchObject({ reverted: 0, setAside: 0 });
    expect(first.totals?.conflicts).toBeGreaterThanOrEqual(15);
    expect(undone.length).toBeGreaterThan(100);
    expect(second.totals?.reverted).toBe(undone.length);
    expect(third.totals?.reverted).toBe(0);

    const profiles = await readAllProfiles(strata.stores.profiles);
    const { definitions } = await createDefinitionReader(strata.stores.ledger, strata.stores.profiles)(null);
    expect(profiles.length).toBe(PROFILES);
    expect([...recompute(definitions, profiles, '2036-11-20T11:00:00.000Z')]).toEqual([]);
    for (const { id, document } of profiles) {
      const { traits } = document as Document;
      expect(traits['touched'], id).toBe(tracker.touched.get(id) ?? 0);
    }
    const log = await strata.stores.ledger.readChanges({ values: VALUES, limit: 1_000_000 });
    expect(membershipByLog([third.runId, second.runId, first.runId], log)).toEqual(
      new Map(
        profiles
          .filter(({ segments }) => segments.length > 0)
          .map(({ id, segments }) => [id, [...segments].sort()]),
      ),
    );
  });

  async function readLog(runId: string, ids: readonly string[]) {
    const log = await strata.stores.ledger.readChanges({ values: VALUES, runId, limit: 1_000_000 });
    return log.filter(({ profileId }) => ids.includes(profileId));
  }
});

interface Line {
  readonly runId: string;
  readonly profileId: string;
  readonly value: string;
  readonly change: 'entered' | 'left';
}

/** What the log says of each profile, told from its first line on; a line that says what holds already is an error. */
function membershipByLog(
  newestFirst: readonly string[],
  log: readonly Line[],
): ReadonlyMap<string, string[]> {
  const members = new Map<string, Set<string>>();
  for (const runId of newestFirst.toReversed()) {
    for (const { profileId, value, change } of log.filter((line) => line.runId === runId)) {
      const values = members.get(profileId) ?? new Set();
      if (values.has(value) === (change === 'entered'))
        throw new Error(`the log says twice that ${profileId} has ${change} ${value}`);
      if (change === 'entered') values.add(value);
      else values.delete(value);
      members.set(profileId, values);
    }
  }
  return new Map(
    [...members].filter(([, values]) => values.size > 0).map(([id, values]) => [id, [...values].sort()]),
  );
}
