import type { DuckDBConnection } from '@duckdb/node-api';
import type { KnownIntents } from './known-intents.ts';
import { shrinkPortion, type OpenedIntent, type Portion } from './open-portions.ts';

export interface Writing {
  readonly connection: DuckDBConnection;
  readonly known: KnownIntents;
}

/** Of this portion: applied intents become lines of the log, dropped ones are forgotten; other ids change nothing. */
export async function settlePortion(
  { connection, known }: Writing,
  portion: Portion,
  { applied, dropped }: { readonly applied: readonly string[]; readonly dropped: readonly string[] },
): Promise<void> {
  const logged = takeOut(portion, applied);
  const forgotten = takeOut(portion, dropped);
  if (logged.length + forgotten.length === 0) return;
  if (logged.length > 0) {
    await appendLog(connection, portion, logged);
    known.addLogged(portion, logged);
  }
  if (portion.intents.size === 0) known.close(portion);
  await shrinkPortion(connection, portion);
}

function takeOut({ intents }: Portion, ids: readonly string[]): readonly OpenedIntent[] {
  return ids.flatMap((id) => {
    const intent = intents.get(id);
    intents.delete(id);
    return intent === undefined ? [] : [intent];
  });
}

async function appendLog(
  connection: DuckDBConnection,
  { run, scan, batch }: Portion,
  intents: readonly OpenedIntent[],
): Promise<void> {
  const loggedAt = BigInt(Date.now());
  const appender = await connection.createAppender('intent_log');
  for (const { id, entered, left, reverted } of intents) {
    appender.appendInteger(run);
    appender.appendUTinyInt(scan);
    appender.appendInteger(batch);
    appender.appendVarchar(id);
    appender.appendVarchar(entered);
    appender.appendVarchar(left);
    appender.appendInteger(reverted);
    appender.appendBigInt(loggedAt);
    appender.endRow();
  }
  appender.closeSync();
}
