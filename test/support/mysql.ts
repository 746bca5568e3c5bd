import { describe, inject } from 'vitest';
import { createEmptyDatabase } from './mariadb.ts';

/** A group of tests that vitest counts as skipped when the machine has no MariaDB. */
export const describeWithMariaDb = describe.skipIf(inject('mariaDbUrl') === null);

/** A database of the test's own on the shared server; a failed test's stays until the server ends. */
export function freshDatabase(): Promise<string> {
  const url = inject('mariaDbUrl');
  if (url === null) throw new Error('no MariaDB: put the test into describeWithMariaDb');
  return createEmptyDatabase(url);
}
