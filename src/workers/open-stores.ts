import { resolve } from 'node:path';
import { createDefinitionReader } from '../activities/definitions.ts';
import type { Ledger } from '../activities/ledger.ts';
import type { ProfileStore } from '../activities/profile-store.ts';
import { createOperations } from '../api/create-operations.ts';
import type { Operations, TransactionImport } from '../api/operations.ts';
import type { Config } from '../config.ts';
import { toDateFields } from '../domain/condition/fields.ts';

/** The stores of one process, behind their ports. */
export interface Stores {
  readonly profiles: ProfileStore;
  readonly ledger: Ledger;
  readonly operations: Operations;
  readonly importTransactions: TransactionImport;
  /** Writes generated or imported documents; existing profiles keep their segments. */
  readonly putProfiles: (documents: AsyncIterable<Readonly<Record<string, unknown>>>) => Promise<void>;
  /** Tells this data folder from any other. */
  readonly identity: string;
  close(): Promise<void>;
}
