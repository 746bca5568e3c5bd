import type { DuckDBConnection } from '@duckdb/node-api';
import type { IntentLog, IntentOutcome, IntentRequest, OpenIntent } from '../../activities/intent-log.ts';
import type { ScanKind } from '../../domain/run.ts';
import type { Database } from './database.ts';
import { isoOf, newerFences } from './fences.ts';
import { readLoggedIntents, readRepeatedWords, wordKey } from './intent-words.ts';
import { readKnownIntents, type KnownIntents, type Portion } from './known-intents.ts';
import {
  addTo,
  applyOpen,
  codesOf,
  dropOpen,
  insertOpen,
  portionsOf,
  type FreshIntent,
  type Writing,
} from './open-intents.ts';
import { selectRows } from './rows.ts';
import { findRunKey, readRunKey, SCAN_CODES, scanOf } from './run-keys.ts';
import { stageIntents, type StagedIntent } from './staged-intents.ts';

/** The membership log of profiles that live in another store. */
export function createIntentLog(database: Database): IntentLog {
  const { values } = database;
  let known: KnownIntents | null = null;

  async function write<T>(use: (writing: Writing) => Promise<T>): Promise<T> {
    try {
      return await database.write(async (connection) => {
        known ??= await readKnownIntents(connection);
        return use({ connection, known });
      });
    } catch (error) {
      // It holds what was rolled back.
      known = null;
      throw error;
    }
  }

  async function openIntents(request: IntentRequest): Promise<IntentOutcome> {
    const staged = request.intents.map((intent): StagedIntent => ({
      ...intent,
      entered: values.encode(intent.entered),
      left: values.encode(intent.left),
    }));
    await values.keep();
    return write((writing) => open(writing, request, staged));
  }

  return {
    openIntents,
    readOpenIntents: (runId, batch) =>
      database.read((connection) => readOpenIntents(connection, runId, batch)),
    settleIntents: (runId, scan, outcome) => write((writing) => settle(writing, { runId, scan }, outcome)),
  };
}

async function open(
  writing: Writing,
  { runId, scan, batch, segments, slot, force }: IntentRequest,
  staged: readonly StagedIntent[],
): Promise<IntentOutcome> {
  const { connection, known } = writing;
  const superseded = force ? [] : await newerFences(connection, segments, slot);
  if (superseded.length > 0) return { kind: 'superseded', segments: superseded };
  if (staged.length === 0) return { kind: 'open', reverted: [] };
  const run = await readRunKey(connection, runId, isoOf(slot));
  const key = { run, scan: SCAN_CODES[scan] };
  await applyProven(writing, staged);
  const ids = staged.map(({ id }) => id);
  for (const [portion, own] of portionsOf(known, key, ids)) await dropOpen(writing, portion, own);
  const told = toldIntents(known, run, staged);
  await stageIntents(connection, staged, told);
  const logged = await readLoggedIntents(connection, key);
  const repeated = told.size === 0 ? new Set<string>() : await readRepeatedWords(connection);
  const fresh = staged.filter(({ id }) => !logged.has(id)).map((intent) => toFresh(intent, repeated));
  await insertOpen(writing, { ...key, batch }, fresh);
  const reverted = [
    ...[...logged].map(([id, count]) => ({ id, values: count })),
    ...fresh.map(({ id, reverted: count }) => ({ id, values: count })),
  ];
  return { kind: 'open', reverted: reverted.filter((profile) => profile.values > 0) };
}

/**
 * The ids on whose values the log may have had a word: with no stamp, and values that no other run has touched, there
 * is none.
 */
function toldIntents(known: KnownIntents, run: number, staged: readonly StagedIntent[]): ReadonlySet<string> {
  const shared = new Set<string>();
  for (const codes of new Set(staged.map(codesOf)))
    if (Array.from(codes).some((code) => known.hasOther(run, code))) shared.add(codes);
  const told = staged.filter((intent) => intent.stamp !== null || shared.has(codesOf(intent)));
  return new Set(told.map(({ id }) => id));
}

/** What another writer undid is written again and counted, but the log has said it already. */
function toFresh(intent: StagedIntent, repeated: ReadonlySet<string>): FreshIntent {
  if (repeated.size === 0) return { ...intent, reverted: 0 };
  const isFresh = (side: 'entered' | 'left') => (code: string) =>
    !repeated.has(wordKey(intent.id, side, code));
  const [before, after] = [Array.from(intent.entered), Array.from(intent.left)];
  const entered = before.filter(isFresh('entered'));
  const left = after.filter(isFresh('left'));
  const reverted = before.length + after.length - entered.length - left.length;
  return { ...intent, entered: entered.join(''), left: left.join(''), reverted };
}

/** What a stamp on a profile names has been written: it belongs to the log before anything newer does. */
async function applyProven(writing: Writing, staged: readonly StagedIntent[]): Promise<void> {
  const { connection, known } = writing;
  const keys = new Map<string, number | null>();
  const proven = new Map<Portion, string[]>();
  for (const { id, stamp } of staged) {
    if (stamp === null) continue;
    for (const portion of known.ofProfile(id)) {
      const run = keys.get(stamp.runId) ?? (await findRunKey(connection, stamp.runId));
      keys.set(stamp.runId, run);
      if (portion.run === run && stamp.scans.includes(scanOf(portion.scan))) addTo(proven, portion, id);
    }
  }
  for (const [portion, ids] of proven) await applyOpen(writing, portion, ids);
}

async function readOpenIntents(
  connection: DuckDBConnection,
  runId: string,
  batch: number | undefined,
): Promise<readonly OpenIntent[]> {
  const run = await findRunKey(connection, runId);
  if (run === null) return [];
  const rows = await selectRows(
    connection,
    `SELECT '.' || profile_id, scan, batch, version FROM open_intents
     WHERE run = ${run}${batch === undefined ? '' : ` AND batch = ${batch}`}`,
  );
  return rows.map(([id, scan, from, version]) => ({
    id: String(id).slice(1),
    scan: scanOf(Number(scan)),
    batch: Number(from),
    version: String(version),
  }));
}

async function settle(
  writing: Writing,
  { runId, scan }: { readonly runId: string; readonly scan: ScanKind },
  { applied, dropped }: { readonly applied: readonly string[]; readonly dropped: readonly string[] },
): Promise<void> {
  const run = await findRunKey(writing.connection, runId);
  if (run === null) return;
  const key = { run, scan: SCAN_CODES[scan] };
  for (const [portion, ids] of portionsOf(writing.known, key, applied))
    await applyOpen(writing, portion, ids);
  for (const [portion, ids] of portionsOf(writing.known, key, dropped)) await dropOpen(writing, portion, ids);
}
