import { INTEGER, UTINYINT, VARCHAR, type DuckDBConnection } from '@duckdb/node-api';
import { fromJson, selectRows } from './rows.ts';

/** An intent as it will be a line of the log, its values encoded. */
export interface OpenedIntent {
  readonly id: string;
  readonly version: string;
  readonly entered: string;
  readonly left: string;
  /** Values of the change that the log has said already. */
  readonly reverted: number;
}

/** What is open of one request. A row each: a thousand intents cost little more to keep, and to forget, than one. */
export interface Portion {
  readonly number: number;
  readonly runId: string;
  readonly run: number;
  readonly scan: number;
  readonly batch: number;
  /** By id. */
  readonly intents: Map<string, OpenedIntent>;
}

type WrittenIntent = readonly [id: string, version: string, entered: string, left: string, reverted: number];

/** All of them, or those of one run, in the order in which they were opened. */
export async function readPortions(
  connection: DuckDBConnection,
  runId?: string,
): Promise<readonly Portion[]> {
  const rows = await selectRows(
    connection,
    `SELECT portion, run_id, run, scan, batch, intents FROM open_portions JOIN run_keys ON key = run
     ${runId === undefined ? '' : 'WHERE run_id = $1'} ORDER BY portion`,
    runId === undefined ? [] : [runId],
  );
  return rows.map(([number, ownerId, run, scan, batch, intents]) => ({
    number: Number(number),
    runId: String(ownerId),
    run: Number(run),
    scan: Number(scan),
    batch: Number(batch),
    intents: fromText(String(intents)),
  }));
}

export async function insertPortion(connection: DuckDBConnection, portion: Portion): Promise<void> {
  const { number, run, scan, batch } = portion;
  await connection.run(
    'INSERT INTO open_portions VALUES ($1, $2, $3, $4, $5)',
    [number, run, scan, batch, toText(portion)],
    [INTEGER, INTEGER, UTINYINT, INTEGER, VARCHAR],
  );
}

/** After some of its intents, as a rule all, were taken out. */
export async function shrinkPortion(connection: DuckDBConnection, portion: Portion): Promise<void> {
  const where = `WHERE portion = ${portion.number}`;
  if (portion.intents.size === 0) await connection.run(`DELETE FROM open_portions ${where}`);
  else await connection.run(`UPDATE open_portions SET intents = $1 ${where}`, [toText(portion)], [VARCHAR]);
}

function toText({ intents }: Portion): string {
  const written = Array.from(intents.values(), ({ id, version, entered, left, reverted }): WrittenIntent => [
    id,
    version,
    entered,
    left,
    reverted,
  ]);
  return JSON.stringify(written);
}

function fromText(text: string): Map<string, OpenedIntent> {
  const written = fromJson<readonly WrittenIntent[]>(text);
  return new Map(
    written.map(([id, version, entered, left, reverted]) => [id, { id, version, entered, left, reverted }]),
  );
}
