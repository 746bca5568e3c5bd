import type { DuckDBConnection } from '@duckdb/node-api';
import type {
  IntentLog,
  IntentOutcome,
  IntentRequest,
  OpenIntent,
  WriteIntent,
} from '../../activities/intent-log.ts';
import type { ScanKind } from '../../domain/run.ts';
import type { Database } from './database.ts';
import { isoOf, newerFences } from './fences.ts';
import { readTold, type Told } from './intent-words.ts';
import { readKnownIntents, type KnownIntents } from './known-intents.ts';
import { insertPortion, readPortions, type OpenedIntent, type Portion } from './open-portions.ts';
import { SCAN_CODES, scanOf } from './run-keys.ts';
import { settlePortion, type Writing } from './settle-portion.ts';
import type { ValueCodes } from './value-codes.ts';

/** The membership log of profiles that live in another store; one a database, as it knows what is open in it. */
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
      // It holds what was rolled back. The next transaction has asked to begin, and has no answer yet.
      known = null;
      throw error;
    }
  }

  async function openIntents(request: IntentRequest): Promise<IntentOutcome> {
    const intents = request.intents.map((intent) => toCoded(values, intent));
    await values.keep();
    return write((writing) => open(writing, request, intents));
  }

  return {
    openIntents,
    readOpenIntents: (runId, batch) =>
      database.read((connection) => readOpenIntents(connection, runId, batch)),
    settleIntents: (runId, scan, outcome) => write((writing) => settle(writing, { runId, scan }, outcome)),
  };
}

/** An intent whose values are encoded. */
type CodedIntent = Omit<WriteIntent, 'entered' | 'left'> & Pick<OpenedIntent, 'entered' | 'left'>;

function toCoded(values: ValueCodes, intent: WriteIntent): CodedIntent {
  return { ...intent, entered: values.encode(intent.entered), left: values.encode(intent.left) };
}

async function open(
  writing: Writing,
  { runId, scan, batch, segments, slot, force }: IntentRequest,
  intents: readonly CodedIntent[],
): Promise<IntentOutcome> {
  const { connection, known } = writing;
  const superseded = force ? [] : await newerFences(connection, segments, slot);
  if (superseded.length > 0) return { kind: 'superseded', segments: superseded };
  if (intents.length === 0) return { kind: 'open', reverted: [] };
  const key = { run: await known.keyOf(connection, runId, isoOf(slot)), scan: SCAN_CODES[scan] };
  const ids = intents.map(({ id }) => id);
  for (const portion of known.portions.values()) {
    const isOwn = portion.run === key.run && portion.scan === key.scan;
    const applied = intents.filter((intent) => isProven(portion, intent)).map(({ id }) => id);
    await settlePortion(writing, portion, { applied, dropped: isOwn ? ids : [] });
  }
  const ofAllRuns = known.hasOther(key, intents.map(({ entered, left }) => entered + left).join(''));
  const asked = ofAllRuns ? ids : ids.filter((id) => known.logged.mayHave(key.run, key.scan, id));
  const told = await readTold(connection, key, { ids: asked, ofAllRuns });
  const fresh = intents.filter(({ id }) => !told.logged.has(id)).map((intent) => toFresh(intent, told));
  if (fresh.length > 0) {
    const opened = new Map(fresh.map((intent) => [intent.id, intent]));
    await insertPortion(connection, known.open({ ...key, runId, batch, intents: opened }));
  }
  const reverted = [
    ...Array.from(told.logged, ([id, count]) => ({ id, values: count })),
    ...fresh.map(({ id, reverted: count }) => ({ id, values: count })),
  ];
  return { kind: 'open', reverted: reverted.filter((profile) => profile.values > 0) };
}

/** What a stamp on a profile names has been written: it belongs to the log before anything newer does. */
function isProven({ runId, scan, intents }: Portion, { id, stamp }: CodedIntent): boolean {
  return stamp?.runId === runId && stamp.scans.includes(scanOf(scan)) && intents.has(id);
}

/** What another writer undid is written again and counted, but the log has said it already. */
function toFresh({ id, version, ...intent }: CodedIntent, { words }: Told): OpenedIntent {
  const last = words.get(id);
  if (last === undefined) return { id, version, entered: intent.entered, left: intent.left, reverted: 0 };
  const [before, after] = [Array.from(intent.entered), Array.from(intent.left)];
  const entered = before.filter((code) => last.get(code) !== 'entered');
  const left = after.filter((code) => last.get(code) !== 'left');
  const reverted = before.length + after.length - entered.length - left.length;
  return { id, version, entered: entered.join(''), left: left.join(''), reverted };
}

async function readOpenIntents(
  connection: DuckDBConnection,
  runId: string,
  batch: number | undefined,
): Promise<readonly OpenIntent[]> {
  const portions = await readPortions(connection, runId);
  return portions
    .filter((portion) => batch === undefined || portion.batch === batch)
    .flatMap((portion) =>
      Array.from(portion.intents.values(), ({ id, version }) => ({
        id,
        scan: scanOf(portion.scan),
        batch: portion.batch,
        version,
      })),
    );
}

async function settle(
  writing: Writing,
  { runId, scan }: { readonly runId: string; readonly scan: ScanKind },
  outcome: { readonly applied: readonly string[]; readonly dropped: readonly string[] },
): Promise<void> {
  for (const portion of writing.known.portions.values()) {
    if (portion.runId === runId && portion.scan === SCAN_CODES[scan])
      await settlePortion(writing, portion, outcome);
  }
}
