import { resolve } from 'node:path';
import { createDefinitionReader } from '../activities/definitions.ts';
import type { Ledger } from '../activities/ledger.ts';
import type { ProfileStore } from '../activities/profile-store.ts';
import { createOperations } from '../api/create-operations.ts';
import type { Operations, TransactionImport } from '../api/operations.ts';
import type { Config } from '../config.ts';
import { toDateFields } from '../domain/condition/fields.ts';
import { UserError } from '../domain/errors.ts';
import { openDatabase } from '../stores/embedded/database.ts';
import { createLedger } from '../stores/embedded/ledger.ts';
import { createProfileStore } from '../stores/embedded/profile-store.ts';
import { createWarehouse } from '../stores/embedded/warehouse.ts';

/** The stores of one process, behind their ports. */
export interface Stores {
  readonly profiles: ProfileStore;
  readonly ledger: Ledger;
  readonly operations: Operations;
  readonly importTransactions: TransactionImport;
  /** Writes generated documents; existing profiles keep their segments. */
  readonly putProfiles: (documents: Iterable<unknown> | AsyncIterable<unknown>) => Promise<unknown>;
  /** Tells this data folder from any other. */
  readonly identity: string;
  close(): Promise<void>;
}

const NEEDS_ELASTIC =
  'MYSQL_URL is set without ELASTIC_HOST. Profiles in a data folder belong to one process and share each transaction ' +
  'with their ledger there, so a ledger elsewhere would be neither shared nor exact. Set ELASTIC_HOST too, or unset MYSQL_URL.';

/** Opens the embedded stores in the data folder, which then belongs to this process. */
export async function openStores(config: Config): Promise<Stores> {
  if (config.MYSQL_URL !== undefined) throw new UserError(NEEDS_ELASTIC);
  const dateFields = toDateFields(config.STRATA_DATE_FIELDS);
  const database = await openDatabase(resolve(config.STRATA_DATA), { environment: config.STRATA_ENV });
  const profiles = createProfileStore(database, { segmentsField: config.SEGMENTS_FIELD, dateFields });
  const ledger = createLedger(database);
  const warehouse = createWarehouse(database, profiles);
  return {
    profiles,
    ledger,
    operations: createOperations({
      profiles,
      ledger,
      readDefinitions: createDefinitionReader(ledger, profiles),
      segmentsField: config.SEGMENTS_FIELD,
      dateFields,
      now: () => new Date(),
    }),
    importTransactions: (source) => warehouse.importTransactions(source),
    putProfiles: (documents) => profiles.upsertProfiles(documents),
    identity: database.storeId,
    close: () => database.close(),
  };
}
