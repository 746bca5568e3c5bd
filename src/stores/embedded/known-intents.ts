import type { DuckDBConnection } from '@duckdb/node-api';
import { selectRows } from './rows.ts';

/** The open intents of one request. */
export interface Portion {
  readonly number: number;
  readonly run: number;
  readonly scan: number;
  readonly ids: Set<string>;
}

/**
 * What the intent log would else ask its tables for with every request: which intents are open, and which runs have
 * touched which values. True after each transaction that has succeeded; after another it is read again.
 */
export interface KnownIntents {
  /** Gives the next portion its number. */
  open(run: number, scan: number, ids: Iterable<string>): Portion;
  /** The open ones of a profile, of whatever run. */
  ofProfile(id: string): Iterable<Portion>;
  close(portion: Portion, ids: Iterable<string>): void;
  /** Whether another run has a word on a value, by the value's character. */
  hasOther(run: number, code: string): boolean;
  touch(run: number, codes: Iterable<string>): void;
}

export async function readKnownIntents(connection: DuckDBConnection): Promise<KnownIntents> {
  const byProfile = new Map<string, Set<Portion>>();
  const runs = new Map<string, Set<number>>();
  let last = 0;

  function keep(portion: Portion): Portion {
    last = Math.max(last, portion.number);
    for (const id of portion.ids) {
      const others = byProfile.get(id);
      if (others === undefined) byProfile.set(id, new Set([portion]));
      else others.add(portion);
    }
    return portion;
  }

  function close(portion: Portion, ids: Iterable<string>): void {
    for (const id of ids) {
      portion.ids.delete(id);
      const others = byProfile.get(id);
      others?.delete(portion);
      if (others?.size === 0) byProfile.delete(id);
    }
  }

  function touch(run: number, codes: Iterable<string>): void {
    for (const code of codes) {
      const others = runs.get(code);
      if (others === undefined) runs.set(code, new Set([run]));
      // Of two runs, one is another's whoever asks.
      else if (others.size < 2) others.add(run);
    }
  }

  for (const [number, run, scan, ids] of await readPortions(connection))
    keep({ number, run, scan, ids: new Set(ids) });
  for (const [run, codes] of await readTouched(connection)) touch(run, codes);
  return {
    open: (run, scan, ids) => keep({ number: last + 1, run, scan, ids: new Set(ids) }),
    ofProfile: (id) => [...(byProfile.get(id) ?? [])],
    close,
    hasOther: (run, code) => [...(runs.get(code) ?? [])].some((other) => other !== run),
    touch,
  };
}

async function readPortions(connection: DuckDBConnection) {
  const rows = await selectRows(
    connection,
    "SELECT portion, run, scan, '.' || profile_id FROM open_intents ORDER BY portion",
  );
  const portions = new Map<number, readonly [number, number, number, string[]]>();
  for (const [number, run, scan, id] of rows) {
    const portion = portions.get(Number(number)) ?? [Number(number), Number(run), Number(scan), []];
    portion[3].push(String(id).slice(1));
    portions.set(portion[0], portion);
  }
  return portions.values();
}

async function readTouched(connection: DuckDBConnection): Promise<readonly (readonly [number, string])[]> {
  const rows = await selectRows(
    connection,
    `SELECT DISTINCT run, entered || "left" FROM intent_log
     UNION SELECT run, entered || "left" FROM open_intents`,
  );
  return rows.map(([run, codes]) => [Number(run), String(codes)]);
}
