import { resolve } from 'node:path';
import { createDefinitionReader } from '../activities/definitions.ts';
import type { Ledger } from '../activities/ledger.ts';
import type { ProfileStore } from '../activities/profile-store.ts';
import { createOperations } from '../api/create-operations.ts';
import type { Operations, TransactionImport } from '../api/operations.ts';
import type { Config } from '../config.ts';
import { toDateFields } from '../domain/condition/fields.ts';
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

/** Opens the embedded stores in the data folder, which then belongs to this process. */
export async function openStores(config: Config): Promise<Stores> {
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
      readDefinitions: createDefinitionReader(ledger),
      dateFields,
      now: () => new Date(),
    }),
    importTransactions: (source) => warehouse.importTransactions(source),
    putProfiles: (documents) => profiles.upsertProfiles(documents),
    identity: database.storeId,
    close: () => database.close(),
  };
}
