import type { DuckDBConnection } from '@duckdb/node-api';
import { selectRows } from './rows.ts';

/** Staged intents that the log holds already, with the values each has restored. */
export async function readLoggedIntents(
  connection: DuckDBConnection,
  { run, scan }: { readonly run: number; readonly scan: number },
): Promise<ReadonlyMap<string, number>> {
  const rows = await selectRows(
    connection,
    `SELECT '.' || profile_id, reverted FROM intent_log
     WHERE run = ${run} AND scan = ${scan} AND profile_id IN (SELECT id FROM staged_intents)`,
  );
  return new Map(rows.map(([id, reverted]) => [String(id).slice(1), Number(reverted)]));
}

export function wordKey(id: string, side: 'entered' | 'left', code: string): string {
  return `${side}.${code}.${id}`;
}

/** The staged values of which the log's last word is what the intent says again. */
export async function readRepeatedWords(connection: DuckDBConnection): Promise<ReadonlySet<string>> {
  const words = (relation: string, id: string, step: string) =>
    `SELECT ${id} AS id, unnest(regexp_extract_all(entered, '(?s).')) AS code, 'entered' AS word, ${step} AS step FROM ${relation}
     UNION ALL SELECT ${id}, unnest(regexp_extract_all("left", '(?s).')), 'left', ${step} FROM ${relation}`;
  const rows = await selectRows(
    connection,
    `WITH known AS (
       SELECT rowid AS step, profile_id, entered, "left" FROM intent_log
       WHERE profile_id IN (SELECT id FROM staged_intents)),
     last AS (
       SELECT id, code, arg_max(word, step) AS word FROM (${words('known', 'profile_id', 'step')}) GROUP BY id, code)
     SELECT '.' || id, word, code FROM last SEMI JOIN (${words('staged_intents', 'id', '0')}) asked USING (id, code, word)`,
  );
  return new Set(
    rows.map(([id, word, code]) => wordKey(String(id).slice(1), toSide(String(word)), String(code))),
  );
}

function toSide(word: string): 'entered' | 'left' {
  return word === 'left' ? 'left' : 'entered';
}
