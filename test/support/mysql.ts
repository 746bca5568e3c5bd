import { randomUUID } from 'node:crypto';
import { createConnection } from 'mysql2/promise';
import { describe, inject } from 'vitest';

/** A group of tests that vitest counts as skipped when the machine has no MariaDB. */
export const describeWithMariaDb = describe.skipIf(inject('mariaDbUrl') === null);

/** An empty database of the test's own; a failed test's stays until the server ends. */
export async function freshDatabase(server: string = sharedMariaDb()): Promise<string> {
  const name = `strata_${randomUUID().replaceAll('-', '')}`;
  const connection = await createConnection(server);
  await connection.query(`CREATE DATABASE ${name}`);
  await connection.end();
  return `${server}/${name}`;
}

function sharedMariaDb(): string {
  const url = inject('mariaDbUrl');
  if (url === null) throw new Error('no MariaDB: put the test into describeWithMariaDb');
  return url;
}
