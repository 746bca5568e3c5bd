import { fileURLToPath } from 'node:url';
import { createConnection, type RowDataPacket } from 'mysql2/promise';
import { afterAll, expect, test } from 'vitest';
import { migrateMysql, openMysql } from '../../../src/stores/mysql/database.ts';
import { MIGRATIONS } from '../../../src/stores/mysql/migrations.ts';
import { killChildren, startChild } from '../../support/child.ts';
import { describeWithMariaDb, freshDatabase } from '../../support/mysql.ts';

const ROOT = fileURLToPath(new URL('../../..', import.meta.url));

afterAll(killChildren);

describeWithMariaDb('the schema of the MySQL ledger', () => {
  test('several processes that start at once make it once, and have the same ledger', async () => {
    const url = await freshDatabase();
    const processes = [1, 2, 3, 4].map(() =>
      startChild(process.execPath, ['--import', 'tsx', 'test/stores/mysql/opening-process.ts'], {
        cwd: ROOT,
        env: { MYSQL_URL: url },
      }),
    );
    const codes = await Promise.all(processes.map(({ ended }) => ended));

    expect(processes.map(({ stderr }) => stderr())).toEqual(['', '', '', '']);
    expect(codes).toEqual([0, 0, 0, 0]);
    expect(new Set(processes.map(({ stdout }) => stdout())).size).toBe(1);
    expect(await rowsOf(url, 'SELECT name FROM strata_migrations ORDER BY name')).toEqual(
      Object.keys(MIGRATIONS).map((name) => ({ name })),
    );
  });

  test('every table is in utf8mb4, whatever the server and the database prefer', async () => {
    const url = await freshDatabase();
    await migrateMysql({ url, environment: 'default' });

    const [preferred] = await rowsOf(url, 'SELECT @@character_set_database AS charset');
    const tables = await rowsOf(
      url,
      'SELECT table_name, table_collation AS collation, engine FROM information_schema.tables WHERE table_schema = database()',
    );

    expect(preferred).toEqual({ charset: 'latin1' });
    expect(tables.length).toBeGreaterThan(12);
    const ours = expect.objectContaining({ collation: 'utf8mb4_bin', engine: 'InnoDB' }) as object;
    expect(tables).toEqual(tables.map(() => ours));
  });

  test('migrating again does nothing, and what a crash left half done is finished', async () => {
    const url = await freshDatabase();
    const options = { url, environment: 'default' };
    expect(await migrateMysql(options)).toEqual(Object.keys(MIGRATIONS));
    expect(await migrateMysql(options)).toEqual([]);

    await rowsOf(url, 'DELETE FROM strata_migrations WHERE name LIKE "002%"');
    await rowsOf(url, 'DROP TABLE strata_run_values');

    expect(await migrateMysql(options)).toEqual(['002-membership-log']);
    await (await openMysql({ ...options, migrate: false })).close();
  });

  test('where a start may not migrate, a schema that is behind is refused and one up to date is used', async () => {
    const url = await freshDatabase();
    const options = { url, environment: 'default', migrate: false };

    await expect(openMysql(options)).rejects.toThrow(/lacks 001-ledger, .*Run `strata migrate` once/);
    expect(await rowsOf(url, 'SHOW TABLES')).toEqual([]);

    await migrateMysql(options);
    await (await openMysql(options)).close();
  });

  test('a database of another environment is refused, and nothing in it is changed', async () => {
    const url = await freshDatabase();
    await migrateMysql({ url, environment: 'production' });
    await rowsOf(url, 'DELETE FROM strata_migrations WHERE name LIKE "002%"');

    const refusal = /belongs to the environment "production", and this is "staging"/;
    for (const migrate of [true, false])
      await expect(openMysql({ url, environment: 'staging', migrate })).rejects.toThrow(refusal);
    await expect(migrateMysql({ url, environment: 'staging' })).rejects.toThrow(refusal);
    expect(await rowsOf(url, 'SELECT count(*) AS executed FROM strata_migrations')).toEqual([
      { executed: 1 },
    ]);
  });

  test('a database of a newer version is refused', async () => {
    const url = await freshDatabase();
    await migrateMysql({ url, environment: 'default' });
    await rowsOf(url, `INSERT INTO strata_migrations VALUES ('999-future', '2030-01-01T00:00:00.000Z')`);

    for (const migrate of [true, false])
      await expect(openMysql({ url, environment: 'default', migrate })).rejects.toThrow(
        /written by a newer version of Strata/,
      );
  });

  test.each([
    [
      'a wrong password',
      (url: string) => url.replace(/:[^:@]+@/, ':mistaken@'),
      /user or the password is wrong/,
    ],
    ['no such database', (url: string) => `${url}x`, /the database does not exist/],
    ['nothing that listens', (url: string) => url.replace(/:\d+\//, ':1/'), /nothing listens there/],
  ])('%s is said without the password', async (_, spoil, reason) => {
    const url = spoil(await freshDatabase());

    const refusal = await openMysql({ url, environment: 'default', migrate: true }).catch(String);

    expect(refusal).toMatch(reason);
    expect(refusal).toMatch(/^UserError: MYSQL_URL names the database "strata_\w+" on 127\.0\.0\.1:\d+/);
    expect(refusal).not.toContain(new URL(url).password);
  });
});

async function rowsOf(url: string, statement: string): Promise<readonly object[]> {
  const connection = await createConnection(url);
  try {
    const [rows] = await connection.query<RowDataPacket[]>(statement);
    return Array.isArray(rows) ? rows.map((row): object => Object.fromEntries(Object.entries(row))) : [];
  } finally {
    await connection.end();
  }
}
