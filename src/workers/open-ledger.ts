import type { IntentLog } from '../activities/intent-log.ts';
import type { Ledger } from '../activities/ledger.ts';
import type { Config } from '../config.ts';
import { UserError } from '../domain/errors.ts';
import { migrateMysql, openMysql } from '../stores/mysql/database.ts';
import { createIntentLog } from '../stores/mysql/intent-log.ts';
import { createLedger } from '../stores/mysql/ledger.ts';

/** A ledger that any number of worker processes share, and the membership log in it. */
export interface SharedLedger {
  readonly ledger: Ledger;
  readonly intents: IntentLog;
  /** Tells this database from any other. */
  readonly identity: string;
  close(): Promise<void>;
}

type LedgerConfig = Pick<Config, 'STRATA_ENV' | 'STRATA_MIGRATE' | 'STRATA_LOG_RETENTION_DAYS'>;

export async function openSharedLedger(config: LedgerConfig, url: string): Promise<SharedLedger> {
  const database = await openMysql({
    url,
    environment: config.STRATA_ENV,
    migrate: config.STRATA_MIGRATE,
  });
  return {
    ledger: createLedger(database, { logRetentionDays: config.STRATA_LOG_RETENTION_DAYS }),
    intents: createIntentLog(database),
    identity: database.storeId,
    close: () => database.close(),
  };
}

/** Answers the names of the migrations that were due. */
export async function migrateSharedLedger(config: Config): Promise<readonly string[]> {
  if (config.MYSQL_URL === undefined)
    throw new UserError(
      'MYSQL_URL is not set, so there is nothing to migrate: the ledger in a data folder keeps itself up to date.',
    );
  return migrateMysql({ url: config.MYSQL_URL, environment: config.STRATA_ENV });
}
