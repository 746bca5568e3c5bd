import { listsOf } from './bulk.ts';
import type { MysqlDatabase, Query } from './database.ts';
import { readKnownChanges, type KnownChange } from './known-changes.ts';
import { fromJson } from './rows.ts';

const DAY_MS = 86_400_000;
const CURSOR = 'trim_cursor';
const FIRST: Cursor = { run: 0, id: '', scan: 0, passedAt: 0 };

/** Rows looked at in one transaction. */
const CHUNK = 1_000;

/** A run's end may take this much longer for it; what is left is done at the next one's. */
const BUDGET_MS = 2_000;

/** The row looked at last, and when a pass over the whole log has ended last. */
interface Cursor {
  readonly run: number;
  readonly id: string;
  readonly scan: number;
  readonly passedAt: number;
}

/**
 * Deletes lines of the log older than so many days: those of which every value has a newer line for the same
 * profile. The last word on a value stays for good, so that what another writer undoes is still told from what
 * enters; so does an open intent. Goes over the log once a day, in pieces, and may be called by many at once.
 */
export async function trimLog(database: MysqlDatabase, retentionDays: number): Promise<void> {
  const startedAt = Date.now();
  const before = startedAt - retentionDays * DAY_MS;
  let goesOn = true;
  while (goesOn && Date.now() - startedAt < BUDGET_MS)
    goesOn = await database.transact((db) => trimChunk(db, before, startedAt));
}

/** False when the log has been gone over. */
async function trimChunk(db: Query, before: number, now: number): Promise<boolean> {
  const cursor = await lockCursor(db);
  if (now - cursor.passedAt < DAY_MS) return false;
  const run = await findRun(db, cursor.run, before);
  if (run === null) {
    await keepCursor(db, { ...FIRST, passedAt: now });
    return false;
  }
  const rows = await readChunk(db, run === cursor.run ? cursor : { ...FIRST, run });
  await deleteAnswered(db, run, rows, before);
  const last = rows.at(-1);
  if (last !== undefined && rows.length === CHUNK) {
    await keepCursor(db, { ...cursor, run, id: last.profile_id, scan: last.scan });
  } else {
    await forgetEmptied(db, run);
    await keepCursor(db, { ...cursor, ...FIRST, run: run + 1, passedAt: cursor.passedAt });
  }
  return true;
}

async function lockCursor(db: Query): Promise<Cursor> {
  await db
    .insertInto('strata_meta')
    .values({ name: CURSOR, value: JSON.stringify(FIRST) })
    .onDuplicateKeyUpdate((row) => ({ name: row.ref('strata_meta.name') }))
    .execute();
  const { value } = await db
    .selectFrom('strata_meta')
    .select('value')
    .where('name', '=', CURSOR)
    .forUpdate()
    .executeTakeFirstOrThrow();
  return fromJson<Cursor>(value);
}

async function keepCursor(db: Query, cursor: Cursor): Promise<void> {
  await db
    .updateTable('strata_meta')
    .set({ value: JSON.stringify(cursor) })
    .where('name', '=', CURSOR)
    .execute();
}

async function findRun(db: Query, from: number, before: number): Promise<number | null> {
  const row = await db
    .selectFrom('strata_run_keys')
    .select('run_key')
    .where('run_key', '>=', from)
    .where('given_at', '<', before)
    .orderBy('run_key')
    .limit(1)
    .executeTakeFirst();
  return row?.run_key ?? null;
}

interface ChunkRow {
  readonly profile_id: string;
  readonly scan: number;
}

async function readChunk(db: Query, { run, id, scan }: Cursor): Promise<readonly ChunkRow[]> {
  return db
    .selectFrom('strata_changes')
    .select(['profile_id', 'scan'])
    .where('run_key', '=', run)
    .where('profile_id', '>=', id)
    .where((row) => row.or([row('profile_id', '>', id), row('scan', '>', scan)]))
    .orderBy('profile_id')
    .orderBy('scan')
    .limit(CHUNK)
    .execute();
}

async function deleteAnswered(
  db: Query,
  run: number,
  rows: readonly ChunkRow[],
  before: number,
): Promise<void> {
  const known = await readKnownChanges(db, [...new Set(rows.map(({ profile_id }) => profile_id))]);
  for (const scan of new Set(rows.map((row) => row.scan))) {
    const answered = rows
      .filter(
        (row) => row.scan === scan && isAnswered(known.get(row.profile_id) ?? [], { run, scan, before }),
      )
      .map(({ profile_id }) => profile_id);
    for (const list of listsOf(answered)) {
      await db
        .deleteFrom('strata_changes')
        .where('run_key', '=', run)
        .where('profile_id', 'in', list)
        .where('scan', '=', scan)
        .where('is_open', '=', 0)
        .execute();
    }
  }
}

/** Does a newer line say something about each of its values? `changes` are the profile's, oldest first. */
function isAnswered(
  changes: readonly KnownChange[],
  { run, scan, before }: { readonly run: number; readonly scan: number; readonly before: number },
): boolean {
  const index = changes.findIndex((change) => change.run === run && change.scan === scan);
  const line = changes[index];
  if (line === undefined || line.isOpen || line.loggedAt >= before) return false;
  const newer = changes.slice(index + 1).filter(({ isOpen }) => !isOpen);
  const said = new Set(newer.flatMap(({ entered, left }) => Array.from(entered + left)));
  return Array.from(line.entered + line.left).every((character) => said.has(character));
}

async function forgetEmptied(db: Query, run: number): Promise<void> {
  const row = await db
    .selectFrom('strata_changes')
    .select('scan')
    .where('run_key', '=', run)
    .limit(1)
    .executeTakeFirst();
  if (row !== undefined) return;
  await db.deleteFrom('strata_run_values').where('run_key', '=', run).execute();
  await db.deleteFrom('strata_intent_batches').where('run_key', '=', run).execute();
}
