import type { DefinitionSet } from '../../activities/ledger.ts';
import type { PublishedDefinition } from '../../domain/published-set.ts';
import type { Query } from './database.ts';
import { fromJson } from './rows.ts';

const CURRENT = 'current_definitions';

export async function publishDefinitions(db: Query, set: DefinitionSet): Promise<void> {
  await db
    .insertInto('strata_definition_sets')
    .values({
      hash: set.hash,
      author: set.author,
      published_at: set.publishedAt,
      definitions: JSON.stringify(set.definitions),
    })
    .onDuplicateKeyUpdate((row) => ({ hash: row.ref('strata_definition_sets.hash') }))
    .execute();
  await db
    .insertInto('strata_meta')
    .values({ name: CURRENT, value: set.hash })
    .onDuplicateKeyUpdate({ value: set.hash })
    .execute();
}

export async function readDefinitions(db: Query, hash: string | null): Promise<DefinitionSet | null> {
  const wanted = hash ?? (await currentHash(db));
  if (wanted === null) return null;
  const row = await db
    .selectFrom('strata_definition_sets')
    .selectAll()
    .where('hash', '=', wanted)
    .executeTakeFirst();
  if (row === undefined) return null;
  return {
    hash: row.hash,
    author: row.author,
    publishedAt: row.published_at,
    definitions: fromJson<readonly PublishedDefinition[]>(row.definitions),
  };
}

async function currentHash(db: Query): Promise<string | null> {
  const row = await db
    .selectFrom('strata_meta')
    .select('value')
    .where('name', '=', CURRENT)
    .executeTakeFirst();
  return row?.value ?? null;
}
