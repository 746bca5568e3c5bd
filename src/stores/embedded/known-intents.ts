import type { DuckDBConnection } from '@duckdb/node-api';
import { createLoggedIds, type LoggedIds } from './logged-ids.ts';
import { readPortions, type OpenedIntent, type Portion } from './open-portions.ts';
import { selectRow, selectRows } from './rows.ts';
import { readRunKey } from './run-keys.ts';

/** A scan of a run, as the log stores it. */
export interface ScanKey {
  readonly run: number;
  readonly scan: number;
}

/**
 * What the intent log would else ask its tables for with every request. It is true after each transaction that has
 * succeeded, as long as one intent log writes the database; after one that failed it is read again.
 */
export interface KnownIntents {
  /** All that are open, by number. */
  readonly portions: ReadonlyMap<number, Portion>;
  readonly logged: Pick<LoggedIds, 'mayHave'>;
  keyOf(connection: DuckDBConnection, runId: string, slot: string): Promise<number>;
  open(portion: Omit<Portion, 'number'>): Portion;
  close(portion: Portion): void;
  addLogged(key: ScanKey, intents: readonly OpenedIntent[]): void;
  /** Whether the log has a word of another scan, or another run, on one of these values. */
  hasOther(key: ScanKey, codes: string): boolean;
}

export async function readKnownIntents(connection: DuckDBConnection): Promise<KnownIntents> {
  const [newestRun] = await selectRow(connection, 'SELECT coalesce(max(key), 0) FROM run_keys');
  const logged = createLoggedIds(Number(newestRun));
  const portions = new Map((await readPortions(connection)).map((portion) => [portion.number, portion]));
  const writers = await readWriters(connection);
  const keys = new Map<string, number>();
  let last = Math.max(0, ...portions.keys());

  async function keyOf(within: DuckDBConnection, runId: string, slot: string): Promise<number> {
    const key = keys.get(runId) ?? (await readRunKey(within, runId, slot));
    keys.set(runId, key);
    return key;
  }

  function open(opened: Omit<Portion, 'number'>): Portion {
    last += 1;
    const portion = { ...opened, number: last };
    portions.set(last, portion);
    return portion;
  }

  function addLogged(key: ScanKey, intents: readonly OpenedIntent[]): void {
    for (const { id } of intents) logged.add(key.run, key.scan, id);
    const writer = writerOf(key);
    for (const code of new Set(intents.map(({ entered, left }) => entered + left).join('')))
      writers.set(code, widen(writers.get(code), writer));
  }

  function hasOther(key: ScanKey, codes: string): boolean {
    const own = writerOf(key);
    return Array.from(codes).some((code) => {
      const { first, last: newest } = writers.get(code) ?? { first: own, last: own };
      return first !== own || newest !== own;
    });
  }

  const close = ({ number }: Portion): void => void portions.delete(number);
  return { portions, logged, keyOf, open, close, addLogged, hasOther };
}

/** The first and the last that the log has words of, in the order of their numbers: of two, one is another's whoever asks. */
interface Writers {
  readonly first: number;
  readonly last: number;
}

function writerOf({ run, scan }: ScanKey): number {
  return run * 10 + scan;
}

function widen(writers: Writers | undefined, writer: number): Writers {
  const { first, last } = writers ?? { first: writer, last: writer };
  return { first: Math.min(first, writer), last: Math.max(last, writer) };
}

/** By a value's character. Runs change the same values in many profiles: of five million lines this takes 60 ms. */
async function readWriters(connection: DuckDBConnection): Promise<Map<string, Writers>> {
  const rows = await selectRows(
    connection,
    `SELECT code, min("first"), max("last") FROM (
       SELECT unnest(regexp_extract_all(entered || "left", '(?s).')) AS code, "first", "last" FROM (
         SELECT entered, "left", min(run * 10 + scan) AS "first", max(run * 10 + scan) AS "last"
         FROM intent_log GROUP BY entered, "left")) GROUP BY code`,
  );
  return new Map(
    rows.map(([code, first, last]) => [String(code), { first: Number(first), last: Number(last) }]),
  );
}
