import { sql } from 'kysely';
import type {
  IntentOutcome,
  IntentRequest,
  RevertedProfile,
  WriteIntent,
} from '../../activities/intent-log.ts';
import { applyIntents } from './apply-intents.ts';
import { byBytes, insertRows } from './bulk.ts';
import type { MysqlDatabase, Query } from './database.ts';
import { holdFences } from './fences.ts';
import { lastWords, readKnownChanges, type KnownChange } from './known-changes.ts';
import { readRunKey, scanOf } from './run-keys.ts';
import type { RunValues } from './run-values.ts';
import { SCAN_CODES } from './tables.ts';
import type { ValueCode } from './value-codes.ts';

export async function openIntents(
  database: MysqlDatabase,
  runValues: RunValues,
  request: IntentRequest,
): Promise<IntentOutcome> {
  const intents = request.intents.toSorted((a, b) => byBytes(a.id, b.id));
  const codes = await database.values.encode(intents.flatMap(({ entered, left }) => [...entered, ...left]));
  const run = await readRunKey(database, request.runId, request.slot);
  await runValues.keep(
    run,
    [...codes.values()].map(({ code }) => code),
  );
  const coded = intents.map((intent) => toCoded(intent, codes));
  const key = { run, scan: SCAN_CODES[request.scan], batch: request.batch };
  return database.transact(async (db) => {
    const superseded = request.force ? [] : await holdFences(db, request.segments, request.slot);
    if (superseded.length > 0) return { kind: 'superseded', segments: superseded };
    return { kind: 'open', reverted: await open(db, key, coded) };
  });
}

/** An intent with a character for each value. */
interface CodedIntent extends Omit<WriteIntent, 'entered' | 'left'> {
  readonly entered: readonly string[];
  readonly left: readonly string[];
}

function toCoded(intent: WriteIntent, codes: ReadonlyMap<string, ValueCode>): CodedIntent {
  const characterOf = (value: string): string => codes.get(value)?.character ?? '';
  return { ...intent, entered: intent.entered.map(characterOf), left: intent.left.map(characterOf) };
}

interface OpenKey {
  readonly run: number;
  readonly scan: number;
  readonly batch: number;
}

async function open(
  db: Query,
  key: OpenKey,
  intents: readonly CodedIntent[],
): Promise<readonly RevertedProfile[]> {
  if (intents.length === 0) return [];
  await markBatch(db, key);
  const known = await applyProven(db, intents);
  const now = await readClock(db);
  const reverted: RevertedProfile[] = [];
  const rows: (readonly (string | number)[])[] = [];
  for (const intent of intents) {
    const changes = known.get(intent.id) ?? [];
    const own = changes.find(({ run, scan }) => run === key.run && scan === key.scan);
    const fresh = own?.isOpen === false ? own : toFresh(intent, changes);
    if (fresh.reverted > 0) reverted.push({ id: intent.id, values: fresh.reverted });
    if (own?.isOpen === false) continue;
    const row = [key.run, intent.id, key.scan, key.batch, 1, intent.version];
    rows.push([...row, fresh.entered, fresh.left, fresh.reverted, now]);
  }
  await insertRows(db, OPEN, rows);
  return reverted;
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

async function markBatch(db: Query, { run, batch }: OpenKey): Promise<void> {
  await db
    .insertInto('strata_intent_batches')
    .values({ run_key: run, batch })
    .onDuplicateKeyUpdate((row) => ({ batch: row.ref('strata_intent_batches.batch') }))
    .execute();
}

/** What a stamp names has been written: it belongs to the log before anything newer does. */
async function applyProven(db: Query, intents: readonly CodedIntent[]) {
  const known = new Map(
    await readKnownChanges(
      db,
      intents.map(({ id }) => id),
    ),
  );
  const proven = new Map<string, { run: number; scan: number; ids: string[] }>();
  for (const { id, stamp } of intents) {
    const isProven = ({ isOpen, runId, scan }: KnownChange): boolean =>
      isOpen && stamp?.runId === runId && stamp.scans.includes(scanOf(scan));
    const changes = known.get(id) ?? [];
    for (const { run, scan } of changes.filter(isProven)) {
      const group = proven.get(`${run}.${scan}`) ?? { run, scan, ids: [] };
      group.ids.push(id);
      proven.set(`${run}.${scan}`, group);
    }
    known.set(
      id,
      changes.map((change) => (isProven(change) ? { ...change, isOpen: false } : change)),
    );
  }
  for (const group of proven.values()) await applyIntents(db, group);
  return known;
}

/** Of the server, because workers' clocks differ: the order of the log's words is the order of the writes. */
async function readClock(db: Query): Promise<number> {
  const { rows } = await sql<{
    now: number;
  }>`SELECT CAST(UNIX_TIMESTAMP(NOW(3)) * 1000 AS SIGNED) AS now`.execute(db);
  return rows[0]?.now ?? Date.now();
}
