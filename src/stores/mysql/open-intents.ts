import { sql } from 'kysely';
import type { IntentOutcome, IntentRequest, RevertedProfile } from '../../activities/intent-log.ts';
import { applyProven, type IntentKey } from './apply-intents.ts';
import { byId, insertRows } from './bulk.ts';
import { toCoded, type CodedIntent } from './coded-intents.ts';
import type { MysqlDatabase, Query } from './database.ts';
import { holdFences } from './fences.ts';
import { lastWords, readKnownChanges, type KnownChange } from './known-changes.ts';
import { readRunKey } from './run-keys.ts';
import type { RunValues } from './run-values.ts';
import { SCAN_CODES } from './tables.ts';

interface Opening {
  readonly key: IntentKey;
  readonly batch: number;
  readonly intents: readonly CodedIntent[];
  /** The characters of values on which another run may have had the last word. */
  readonly shared: ReadonlySet<string>;
}

export async function openIntents(
  database: MysqlDatabase,
  runValues: RunValues,
  request: IntentRequest,
): Promise<IntentOutcome> {
  const values = new Set(request.intents.flatMap(({ entered, left }) => [...entered, ...left]));
  const codes = await database.values.encode(values);
  const run = await readRunKey(database, request.runId, request.slot);
  const numbers = [...codes.values()].map(({ code }) => code);
  // Before it looks for others, so that of two that begin at once at least one sees the other.
  await runValues.keep(run, numbers);
  const others = await runValues.findOthers(run, numbers);
  const opening: Opening = {
    key: { run, scan: SCAN_CODES[request.scan] },
    batch: request.batch,
    intents: request.intents.map((intent) => toCoded(intent, codes)).toSorted(byId),
    shared: new Set(
      [...codes.values()].filter(({ code }) => others.has(code)).map(({ character }) => character),
    ),
  };
  return database.transact(async (db) => {
    const superseded = request.force ? [] : await holdFences(db, request.segments, request.slot);
    if (superseded.length > 0) return { kind: 'superseded', segments: superseded };
    return { kind: 'open', reverted: await open(db, opening) };
  });
}

async function open(db: Query, opening: Opening): Promise<readonly RevertedProfile[]> {
  const { key, batch, intents } = opening;
  if (intents.length === 0) return [];
  await markBatch(db, key.run, batch);
  const known = await readKnown(db, opening);
  const now = await readClock(db);
  const reverted: RevertedProfile[] = [];
  const rows: (readonly (string | number)[])[] = [];
  for (const intent of intents) {
    const changes = known.get(intent.id) ?? [];
    const own = changes.find(({ run, scan, isOpen }) => run === key.run && scan === key.scan && !isOpen);
    const { entered, left, reverted: values } = own ?? toFresh(intent, changes);
    if (values > 0) reverted.push({ id: intent.id, values });
    if (own !== undefined) continue;
    rows.push([key.run, intent.id, key.scan, batch, 1, intent.version, entered, left, values, now]);
  }
  await insertRows(db, OPEN, rows);
  return reverted;
}

/**
 * What is known of the profiles that anything can be known of: with no stamp of a run, and values that no other run
 * has touched, there is no last word and nothing proven. That spares the first run on a store most of its reads.
 */
async function readKnown(
  db: Query,
  { intents, shared }: Opening,
): Promise<ReadonlyMap<string, readonly KnownChange[]>> {
  const told = intents.filter(
    ({ stamp, entered, left }) =>
      stamp !== null || [...entered, ...left].some((character) => shared.has(character)),
  );
  return applyProven(
    db,
    told,
    await readKnownChanges(
      db,
      told.map(({ id }) => id),
    ),
  );
}

/** What another writer undid is written again and counted, but the log has said it already. */
function toFresh(intent: CodedIntent, changes: readonly KnownChange[]) {
  const words = lastWords(changes);
  const entered = intent.entered.filter((character) => words.get(character) !== 'entered');
  const left = intent.left.filter((character) => words.get(character) !== 'left');
  const reverted = intent.entered.length + intent.left.length - entered.length - left.length;
  return { entered: entered.join(''), left: left.join(''), reverted };
}

/** An attempt of the same batch that was believed dead may have been faster. `is_open` is last: the others read it. */
const KEPT_OR_NEW = ['batch', 'version', 'entered', '`left`', 'reverted', 'logged_at', 'is_open']
  .map((column) => `${column} = IF(is_open = 0, ${column}, VALUES(${column}))`)
  .join(', ');
const OPEN = `INSERT INTO strata_changes
  (run_key, profile_id, scan, batch, is_open, version, entered, \`left\`, reverted, logged_at)
  VALUES ? ON DUPLICATE KEY UPDATE ${KEPT_OR_NEW}`;

async function markBatch(db: Query, run: number, batch: number): Promise<void> {
  await db
    .insertInto('strata_intent_batches')
    .values({ run_key: run, batch })
    .onDuplicateKeyUpdate((row) => ({ batch: row.ref('strata_intent_batches.batch') }))
    .execute();
}

/** Of the server, because workers' clocks differ: the order of the log's words is the order of the writes. */
async function readClock(db: Query): Promise<number> {
  const clock = sql<{ now: number }>`SELECT CAST(UNIX_TIMESTAMP(NOW(3)) * 1000 AS SIGNED) AS now`;
  const { rows } = await clock.execute(db);
  return rows[0]?.now ?? Date.now();
}
