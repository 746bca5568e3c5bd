import type { IntentLog } from '../../../src/activities/intent-log.ts';
import type { Ledger } from '../../../src/activities/ledger.ts';
import { openMysql, type MysqlDatabase } from '../../../src/stores/mysql/database.ts';
import { createIntentLog } from '../../../src/stores/mysql/intent-log.ts';
import { createLedger } from '../../../src/stores/mysql/ledger.ts';
import { freshDatabase } from '../../support/mysql.ts';
import { logByIntents, type LedgerUnderTest } from '../ledger.contract.ts';

export interface MysqlUnderTest extends LedgerUnderTest {
  readonly database: MysqlDatabase;
  readonly intents: IntentLog;
  readonly url: string;
}

/** A ledger in a database of its own. */
export async function openMysqlLedger(): Promise<MysqlUnderTest> {
  return openMysqlLedgerAt(await freshDatabase());
}

export async function openMysqlLedgerAt(url: string): Promise<MysqlUnderTest> {
  const database = await openMysql({ url, environment: 'default', migrate: true });
  const ledger: Ledger = createLedger(database, { logRetentionDays: 30 });
  const intents: IntentLog = createIntentLog(database);
  return {
    database,
    ledger,
    intents,
    url,
    log: logByIntents(intents),
    close: () => database.close(),
  };
}
