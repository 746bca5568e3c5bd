import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Ledger } from '../../src/activities/ledger.ts';
import type { ProfileStore } from '../../src/activities/profile-store.ts';
import { toDateFields } from '../../src/domain/condition/fields.ts';
import { openDatabase, type Database } from '../../src/stores/embedded/database.ts';
import { createLedger } from '../../src/stores/embedded/ledger.ts';
import { createProfileStore, type EmbeddedProfileStore } from '../../src/stores/embedded/profile-store.ts';
import { createIntentLog } from '../../src/stores/embedded/intents.ts';
import type { IntentLog } from '../../src/activities/intent-log.ts';
import type { StoreUnderTest } from './store-under-test.ts';

export interface EmbeddedUnderTest extends StoreUnderTest {
  readonly database: Database;
  readonly embedded: EmbeddedProfileStore;
  readonly intents: IntentLog;
  readonly folder: string;
}

/** A store in a folder of its own, removed when it closes. */
export async function openEmbedded(): Promise<EmbeddedUnderTest> {
  const folder = await mkdtemp(join(tmpdir(), 'strata-store-'));
  const store = await openEmbeddedIn(folder);
  const close = async (): Promise<void> => {
    await store.close();
    await rm(folder, { recursive: true, force: true });
  };
  return { ...store, close };
}

export async function openEmbeddedIn(folder: string): Promise<EmbeddedUnderTest> {
  const database = await openDatabase(folder, { environment: 'default' });
  const embedded = createProfileStore(database, {
    segmentsField: 'segments',
    dateFields: toDateFields(['metadata.time.*']),
  });
  const profiles: ProfileStore = embedded;
  const ledger: Ledger = createLedger(database);
  return {
    database,
    embedded,
    folder,
    profiles,
    ledger,
    intents: createIntentLog(database),
    longDocument: 1_100_000,
    shapesAreUnseen: false,
    put: (document) => embedded.putProfile(document),
    load: async (documents) => {
      await embedded.upsertProfiles(documents);
    },
    close: () => database.close(),
  };
}
