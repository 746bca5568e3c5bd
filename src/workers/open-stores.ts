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
import { createIntentLog } from '../stores/embedded/intents.ts';
import { createLedger } from '../stores/embedded/ledger.ts';
import { createProfileStore } from '../stores/embedded/profile-store.ts';
import { createWarehouse } from '../stores/embedded/warehouse.ts';
import { openSharedLedger, type SharedLedger } from './open-ledger.ts';
import { findElastic, openElasticProfiles } from './open-profiles.ts';

/** The stores of one process, behind their ports. */
export interface Stores {
  readonly profiles: ProfileStore;
  readonly ledger: Ledger;
  readonly operations: Operations;
  readonly importTransactions: TransactionImport;
  /** Writes generated documents; existing profiles keep their segments. */
  readonly putProfiles: (documents: Iterable<unknown> | AsyncIterable<unknown>) => Promise<unknown>;
  /** Tells this data folder, or shared ledger, from any other. */
  readonly identity: string;
  close(): Promise<void>;
}

const NEEDS_ELASTIC =
  'MYSQL_URL is set without ELASTIC_HOST. Profiles in a data folder belong to one process and share each transaction ' +
  'with their ledger there, so a ledger elsewhere would be neither shared nor exact. Set ELASTIC_HOST too, or unset MYSQL_URL.';

export interface OpenedStores {
  /** Whether a profile index that is not there is made; a command that only looks makes none. */
  readonly makesIndex?: boolean;
}

/** Opens what the configuration names; embedded stores then belong to this process. */
export async function openStores(config: Config, { makesIndex = false }: OpenedStores = {}): Promise<Stores> {
  if (config.ELASTIC_HOST !== undefined) return openElasticStores(config, makesIndex);
  if (config.MYSQL_URL !== undefined) throw new UserError(NEEDS_ELASTIC);
  const database = await openDatabase(resolve(config.STRATA_DATA), { environment: config.STRATA_ENV });
  const dateFields = toDateFields(config.STRATA_DATE_FIELDS);
  const profiles = createProfileStore(database, { segmentsField: config.SEGMENTS_FIELD, dateFields });
  const ledger = createLedger(database);
  const warehouse = createWarehouse(database, profiles);
  return {
    profiles,
    ledger,
    operations: operationsOf(config, profiles, ledger),
    importTransactions: (source) => warehouse.importTransactions(source),
    putProfiles: (documents) => profiles.upsertProfiles(documents),
    identity: database.storeId,
    close: () => database.close(),
  };
}

async function openElasticStores(config: Config, makesIndex: boolean): Promise<Stores> {
  // A ledger in the data folder is made by being opened, and without its profiles it is of no use.
  await findElastic(config);
  const opened = await openLedger(config);
  const { ledger, identity } = opened;
  try {
    const elastic = await openElasticProfiles(config, opened.intents, makesIndex);
    const { profiles } = elastic;
    return {
      profiles,
      ledger,
      operations: operationsOf(config, profiles, ledger),
      importTransactions: refuseImport,
      putProfiles: (documents) => profiles.putProfiles(documents),
      identity,
      close: async () => {
        await elastic.close();
        await opened.close();
      },
    };
  } catch (error) {
    await opened.close();
    throw error;
  }
}

/** The shared one, or the one in the data folder, each with the membership log that Elasticsearch needs. */
function openLedger(config: Config): Promise<SharedLedger> {
  return config.MYSQL_URL === undefined ? openOwnLedger(config) : openSharedLedger(config, config.MYSQL_URL);
}

async function openOwnLedger(config: Config): Promise<SharedLedger> {
  const database = await openDatabase(resolve(config.STRATA_DATA), { environment: config.STRATA_ENV });
  return {
    ledger: createLedger(database),
    intents: createIntentLog(database),
    identity: database.storeId,
    close: () => database.close(),
  };
}

/** An import makes profiles, and in Elasticsearch those are other writers'. */
export async function refuseImport(): Promise<never> {
  throw new UserError(
    'Nothing was imported: purchases become profiles of their customers in the embedded store only, and with ELASTIC_HOST set the profiles are those of your own writers. Put the purchases into Elasticsearch with them, or unset ELASTIC_HOST.',
  );
}

function operationsOf(config: Config, profiles: ProfileStore, ledger: Ledger): Operations {
  return createOperations({
    profiles,
    ledger,
    readDefinitions: createDefinitionReader(ledger, profiles),
    segmentsField: config.SEGMENTS_FIELD,
    dateFields: toDateFields(config.STRATA_DATE_FIELDS),
    now: () => new Date(),
  });
}
