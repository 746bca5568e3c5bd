import type { DuckDBConnection } from '@duckdb/node-api';
import type { WriteIntent } from '../../activities/intent-log.ts';

/** An intent whose values are encoded. */
export type StagedIntent = Omit<WriteIntent, 'entered' | 'left'> & {
  readonly entered: string;
  readonly left: string;
};

/** Puts the intents of one request where SQL can join them, with their values where the log may have a word on them. */
export async function stageIntents(
  connection: DuckDBConnection,
  intents: readonly StagedIntent[],
  told: ReadonlySet<string>,
): Promise<void> {
  await connection.run(
    'CREATE OR REPLACE TEMP TABLE staged_intents (id VARCHAR, entered VARCHAR, "left" VARCHAR)',
  );
  const appender = await connection.createAppender('staged_intents', 'main', 'temp');
  for (const { id, entered, left } of intents) {
    appender.appendVarchar(id);
    appender.appendVarchar(told.has(id) ? entered : '');
    appender.appendVarchar(told.has(id) ? left : '');
    appender.endRow();
  }
  appender.closeSync();
}
