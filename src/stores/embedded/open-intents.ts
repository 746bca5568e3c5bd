import { listValue, LIST, VARCHAR, type DuckDBConnection } from '@duckdb/node-api';
import type { KnownIntents, Portion } from './known-intents.ts';
import type { StagedIntent } from './staged-intents.ts';

export interface Writing {
  readonly connection: DuckDBConnection;
  readonly known: KnownIntents;
}

export interface FreshIntent extends StagedIntent {
  readonly reverted: number;
}

export function codesOf({ entered, left }: StagedIntent): string {
  return entered + left;
}

export function addTo(lists: Map<Portion, string[]>, portion: Portion, id: string): void {
  const list = lists.get(portion);
  if (list === undefined) lists.set(portion, [id]);
  else list.push(id);
}

/** Where the ids have open intents of this run and scan. */
export function portionsOf(
  known: KnownIntents,
  { run, scan }: { readonly run: number; readonly scan: number },
  ids: readonly string[],
): ReadonlyMap<Portion, readonly string[]> {
  const found = new Map<Portion, string[]>();
  for (const id of ids) {
    for (const portion of known.ofProfile(id)) {
      if (portion.run === run && portion.scan === scan) addTo(found, portion, id);
    }
  }
  return found;
}

/** Makes them lines of the log. */
export async function applyOpen(writing: Writing, portion: Portion, ids: readonly string[]): Promise<void> {
  const { where, values, types } = within(portion, ids);
  await writing.connection.run(
    `INSERT INTO intent_log SELECT run, scan, batch, profile_id, entered, "left", reverted, ${Date.now()}
     FROM open_intents WHERE ${where} ORDER BY rowid`,
    values,
    types,
  );
  await dropOpen(writing, portion, ids);
}

export async function dropOpen(
  { connection, known }: Writing,
  portion: Portion,
  ids: readonly string[],
): Promise<void> {
  const { where, values, types } = within(portion, ids);
  await connection.run(`DELETE FROM open_intents WHERE ${where}`, values, types);
  known.close(portion, ids);
}

/** As a rule all of a portion, which is found without comparing ids. */
function within(portion: Portion, ids: readonly string[]) {
  const where = `portion = ${portion.number}`;
  if (ids.length === portion.ids.size) return { where, values: [], types: [] };
  return {
    where: `${where} AND profile_id IN (SELECT unnest($1))`,
    values: [listValue([...ids])],
    types: [LIST(VARCHAR)],
  };
}

export async function insertOpen(
  { connection, known }: Writing,
  { run, scan, batch }: { readonly run: number; readonly scan: number; readonly batch: number },
  intents: readonly FreshIntent[],
): Promise<void> {
  const portion = known.open(
    run,
    scan,
    intents.map(({ id }) => id),
  );
  const appender = await connection.createAppender('open_intents');
  for (const intent of intents) {
    appender.appendInteger(portion.number);
    appender.appendInteger(run);
    appender.appendUTinyInt(scan);
    appender.appendInteger(batch);
    appender.appendVarchar(intent.id);
    appender.appendVarchar(intent.version);
    appender.appendVarchar(intent.entered);
    appender.appendVarchar(intent.left);
    appender.appendInteger(intent.reverted);
    appender.endRow();
  }
  appender.closeSync();
  for (const codes of new Set(intents.map(codesOf))) known.touch(run, codes);
}
