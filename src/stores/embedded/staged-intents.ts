import { LIST, listValue, UTINYINT, type DuckDBConnection } from '@duckdb/node-api';
import type { WriteIntent } from '../../activities/intent-log.ts';
import { SCAN_CODES } from './run-keys.ts';

/** An intent whose values are encoded. */
export type StagedIntent = Omit<WriteIntent, 'entered' | 'left'> & {
  readonly entered: string;
  readonly left: string;
};

/** Puts the intents of one request where SQL can join them. */
export async function stageIntents(
  connection: DuckDBConnection,
  intents: readonly StagedIntent[],
): Promise<void> {
  await connection.run(
    `CREATE OR REPLACE TEMP TABLE staged_intents
     (id VARCHAR, entered VARCHAR, "left" VARCHAR, stamp_run VARCHAR, stamp_scans UTINYINT[])`,
  );
  const appender = await connection.createAppender('staged_intents', 'main', 'temp');
  for (const { id, entered, left, stamp } of intents) {
    appender.appendVarchar(id);
    appender.appendVarchar(entered);
    appender.appendVarchar(left);
    if (stamp === null) appender.appendNull();
    else appender.appendVarchar(stamp.runId);
    appender.appendList(listValue((stamp?.scans ?? []).map((scan) => SCAN_CODES[scan])), LIST(UTINYINT));
    appender.endRow();
  }
  appender.closeSync();
}
