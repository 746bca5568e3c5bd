import { createHash } from 'node:crypto';
import type { DefinitionSource } from '../domain/definition.ts';
import type { Ledger, PublishedDefinition } from './ledger.ts';

export interface PublishDefinitionsInput {
  readonly author: string;
  /** null: the whole set is replaced; an owner: only that owner's definitions are. */
  readonly owner: string | null;
  readonly definitions: readonly (DefinitionSource & { readonly id: string; readonly owner: string })[];
}

export interface PublishedSet {
  readonly hash: string;
  readonly changed: boolean;
  readonly definitions: number;
}

export function createPublishDefinitions({
  ledger,
  now,
}: {
  readonly ledger: Ledger;
  readonly now: () => Date;
}) {
  /** Publishes a folder's files as one versioned set; the same files again change nothing. */
  async function publishDefinitions({
    author,
    owner,
    definitions,
  }: PublishDefinitionsInput): Promise<PublishedSet> {
    const current = await ledger.readDefinitions(null);
    const others = owner === null ? [] : (current?.definitions ?? []).filter((each) => each.owner !== owner);
    const all = [...others, ...definitions].sort((a, b) => (a.file < b.file ? -1 : 1));
    const hash = hashOf(all);
    const changed = current?.hash !== hash;
    if (changed)
      await ledger.publishDefinitions({ hash, author, publishedAt: now().toISOString(), definitions: all });
    return { hash, changed, definitions: all.length };
  }

  return { publishDefinitions };
}

function hashOf(definitions: readonly PublishedDefinition[]): string {
  const canonical = JSON.stringify(
    definitions.map(({ id, owner, file, content }) => [id, owner, file, content]),
  );
  return createHash('sha256').update(canonical).digest('hex').slice(0, 16);
}
