import { LIST, listValue, VARCHAR, type DuckDBConnection } from '@duckdb/node-api';
import type { ScanKey } from './known-intents.ts';
import { selectRows } from './rows.ts';

/** What the log says of some profiles. */
export interface Told {
  /** By id, lines of the run and scan that asks: the values each has restored. */
  readonly logged: ReadonlyMap<string, number>;
  /** By id and a value's character: the log's last word on it. */
  readonly words: ReadonlyMap<string, ReadonlyMap<string, 'entered' | 'left'>>;
}

/** The lines of these ids, of one run alone when the others have no word that matters. */
export async function readTold(
  connection: DuckDBConnection,
  { run, scan }: ScanKey,
  { ids, ofAllRuns }: { readonly ids: readonly string[]; readonly ofAllRuns: boolean },
): Promise<Told> {
  const logged = new Map<string, number>();
  const words = new Map<string, Map<string, 'entered' | 'left'>>();
  if (ids.length === 0) return { logged, words };
  const rows = await selectRows(
    connection,
    `SELECT '.' || profile_id, entered, "left", run = ${run} AND scan = ${scan} AS own, max(reverted), max(rowid) AS step
     FROM intent_log WHERE profile_id IN (SELECT unnest($1))
     ${ofAllRuns ? '' : `AND run = ${run}`} GROUP BY profile_id, entered, "left", own ORDER BY step`,
    [listValue([...ids])],
    [LIST(VARCHAR)],
  );
  for (const [dotted, entered, left, own, reverted] of rows) {
    const id = String(dotted).slice(1);
    if (own === true) logged.set(id, Number(reverted));
    const last = words.get(id) ?? new Map<string, 'entered' | 'left'>();
    words.set(id, last);
    for (const code of String(left)) last.set(code, 'left');
    for (const code of String(entered)) last.set(code, 'entered');
  }
  return { logged, words };
}
