import { randomUUID } from 'node:crypto';
import type { Client } from '@elastic/elasticsearch';
import type { Condition } from '../../../src/domain/condition/ast.ts';
import type { DateFields } from '../../../src/domain/condition/fields.ts';
import type { Bracket } from '../../../src/stores/elastic/brackets/bounds.ts';
import { compileBracket } from '../../../src/stores/elastic/brackets/compile.ts';
import type { IndexFields } from '../../../src/stores/elastic/brackets/index-fields.ts';
import type { QueryDsl } from '../../../src/stores/elastic/brackets/query.ts';
import { readIndexFields } from '../../../src/stores/elastic/brackets/read-index-fields.ts';

type Document = Readonly<Record<string, unknown>>;

export interface IndexMaking {
  readonly mappings: Readonly<Record<string, unknown>>;
  readonly settings?: Readonly<Record<string, unknown>>;
}

/** Documents by id, as the server took them. */
export interface BracketedIndex {
  readonly fields: IndexFields;
  readonly taken: ReadonlyMap<string, Document>;
  readonly refused: number;
  /** The ids within the bounds of each condition. */
  boundsOf(
    conditions: readonly Condition[],
    options: { readonly now: number; readonly dateFields: DateFields },
  ): Promise<readonly BoundIds[]>;
  idsOf(queries: readonly QueryDsl[]): Promise<readonly ReadonlySet<string>[]>;
}

export interface BoundIds {
  readonly bracket: Bracket;
  readonly lower: ReadonlySet<string>;
  readonly upper: ReadonlySet<string>;
}

/** Indices of these mappings behind one name, the documents spread over them; texts are JSON as it stands. */
export async function makeBracketedIndex(
  client: Client,
  makings: readonly IndexMaking[],
  documents: readonly (Document | string)[],
  options: Partial<Pick<IndexFields, 'plainDocuments' | 'allowsExpensive'>> = {},
): Promise<BracketedIndex> {
  const alias = `bracketed-${randomUUID().slice(0, 8)}`;
  const names = await Promise.all(makings.map((making, index) => create(client, alias, making, index)));
  const taken = await load(client, names, documents);
  const fields = await readFields(client, alias, {
    plainDocuments: false,
    allowsExpensive: true,
    ...options,
  });

  async function idsOf(queries: readonly QueryDsl[]): Promise<readonly ReadonlySet<string>[]> {
    const { responses } = await client.msearch({
      searches: queries.flatMap((query) => [{ index: alias }, { query, size: 10_000, _source: false }]),
    });
    return responses.map((response, index) => {
      if ('error' in response)
        throw new Error(`${JSON.stringify(response.error)} for ${JSON.stringify(queries[index])}`);
      if (response._shards.failed > 0) throw new Error(JSON.stringify(response._shards));
      return new Set(response.hits.hits.map(({ _id }) => String(_id)));
    });
  }

  return {
    fields,
    taken,
    refused: documents.length - taken.size,
    idsOf,
    async boundsOf(conditions, { now, dateFields }) {
      const brackets = conditions.map((condition) => compileBracket(condition, fields, { now, dateFields }));
      const ids = await idsOf(brackets.flatMap(({ lower, upper }) => [lower, upper]));
      return brackets.map((bracket, index) => ({
        bracket,
        lower: ids[2 * index] ?? new Set<string>(),
        upper: ids[2 * index + 1] ?? new Set<string>(),
      }));
    },
  };
}

async function create(
  client: Client,
  alias: string,
  { mappings, settings }: IndexMaking,
  index: number,
): Promise<string> {
  const name = `${alias}-${index}`;
  await client.indices.create({
    index: name,
    aliases: { [alias]: {} },
    mappings,
    settings: { number_of_shards: 1, number_of_replicas: 0, ...settings },
  });
  return name;
}

async function load(
  client: Client,
  names: readonly string[],
  documents: readonly (Document | string)[],
): Promise<ReadonlyMap<string, Document>> {
  const operations = documents.flatMap((document, index) => [
    { index: { _index: names[index % names.length], _id: String(index) } },
    document,
  ]);
  const { items } = await client.bulk({ operations, refresh: true });
  return new Map(
    items.flatMap(({ index: item }) => {
      const id = item?._id;
      if (typeof id !== 'string' || item?.status !== 201) return [];
      const document = documents[Number(id)];
      return [[id, typeof document === 'string' ? JSON.parse(document) : document]];
    }),
  );
}

async function readFields(
  client: Client,
  alias: string,
  options: Pick<IndexFields, 'plainDocuments' | 'allowsExpensive'>,
): Promise<IndexFields> {
  const indices = await client.indices.get({ index: alias, flat_settings: true });
  return readIndexFields(
    Object.values(indices).map(({ mappings = {}, settings = {} }) => ({
      mappings,
      settings: { ...settings },
    })),
    { ...options, segmentsField: 'segments', withheld: ['bucket'] },
  );
}
