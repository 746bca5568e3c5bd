import type { DuckDBConnection } from '@duckdb/node-api';
import type { DefinitionSet } from '../../activities/ledger.ts';
import type { PublishedDefinition } from '../../domain/published-set.ts';
import { fromJson, selectRows } from './rows.ts';

const CURRENT = 'current_definitions';

export async function publishDefinitions(connection: DuckDBConnection, set: DefinitionSet): Promise<void> {
  const known = await findSet(connection, set.hash);
  if (known === null) {
    await connection.run('INSERT INTO definition_sets VALUES ($1, $2, $3, $4)', [
      set.hash,
      set.author,
      set.publishedAt,
      JSON.stringify(set.definitions),
    ]);
  }
  if ((await currentHash(connection)) === set.hash) return;
  await connection.run('DELETE FROM meta WHERE key = $1', [CURRENT]);
  await connection.run('INSERT INTO meta VALUES ($1, $2)', [CURRENT, set.hash]);
}

export async function readDefinitions(
  connection: DuckDBConnection,
  hash: string | null,
): Promise<DefinitionSet | null> {
  const wanted = hash ?? (await currentHash(connection));
  return wanted === null ? null : findSet(connection, wanted);
}

async function currentHash(connection: DuckDBConnection): Promise<string | null> {
  const [row] = await selectRows(connection, 'SELECT value FROM meta WHERE key = $1', [CURRENT]);
  return row === undefined ? null : String(row[0]);
}

async function findSet(connection: DuckDBConnection, hash: string): Promise<DefinitionSet | null> {
  const [row] = await selectRows(
    connection,
    'SELECT author, published_at, definitions FROM definition_sets WHERE hash = $1',
    [hash],
  );
  if (row === undefined) return null;
  const [author, publishedAt, definitions] = row;
  return {
    hash,
    author: String(author),
    publishedAt: String(publishedAt),
    definitions: fromJson<readonly PublishedDefinition[]>(definitions),
  };
}
