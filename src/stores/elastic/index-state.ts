import { errors, type Client, type estypes } from '@elastic/elasticsearch';
import { UserError } from '../../domain/errors.ts';
import type { ValueLimit } from '../../domain/store-forms.ts';
import { BUCKET_FIELD, stampRunField, type Layout } from './layout.ts';
import { isRecord } from './records.ts';

/** Mapping and flat settings of one concrete index. */
export interface IndexShape {
  readonly name: string;
  readonly mappings: estypes.MappingTypeMapping;
  /** Values by whole name, such as `index.sort.field`. */
  readonly settings: Readonly<Record<string, unknown>>;
}

/** What the indices behind the layout's name are like, read when a scan opens. */
export interface IndexState {
  readonly shapes: readonly IndexShape[];
  /** Primary shards of all of them. */
  readonly shards: number;
  /** Every index is sorted by bucket and id, so bucket ranges read at full speed and resume by themselves. */
  readonly isOurLayout: boolean;
  /** The keyword field that tells members; null while nothing maps it, when nobody is a member. */
  readonly membershipField: string | null;
  /** The shortest `ignore_above` of the membership; null where every value is indexed. */
  readonly valueLimit: ValueLimit | null;
  /** The keyword field of the stamp's run; null while nothing maps it. */
  readonly stampField: string | null;
  /** The environment that has claimed the indices; null when Strata never wrote to them. */
  readonly environment: string | null;
}

/** null when there is no such index. */
export async function readIndexState(client: Client, layout: Layout): Promise<IndexState | null> {
  const found = await getIndices(client, layout.index);
  if (found === null) return null;
  const shapes = Object.entries(found).map(([name, { mappings = {}, settings = {} }]): IndexShape => ({
    name,
    mappings,
    settings: { ...settings },
  }));
  const memberships = membershipsOf(shapes, layout);
  return {
    shapes,
    shards: shapes.reduce((sum, { settings }) => sum + Number(settings['index.number_of_shards'] ?? 1), 0),
    isOurLayout: layout.idField === 'id' && shapes.every(isOurs),
    membershipField: oneField(memberships, layout),
    valueLimit: shortestLimit(memberships),
    stampField: shapes.every(({ mappings }) => hasStamp(mappings, layout)) ? stampRunField(layout) : null,
    environment: environmentOf(shapes),
  };
}

async function getIndices(client: Client, index: string): Promise<estypes.IndicesGetResponse | null> {
  try {
    const found = await client.indices.get({ index, expand_wildcards: 'open', flat_settings: true });
    return Object.keys(found).length === 0 ? null : found;
  } catch (error) {
    if (error instanceof errors.ResponseError && error.statusCode === 404) return null;
    throw error;
  }
}

function isOurs({ mappings, settings }: IndexShape): boolean {
  const sort = settings['index.sort.field'];
  const isSorted = Array.isArray(sort) && sort.length === 2 && sort[0] === BUCKET_FIELD && sort[1] === 'id';
  return isSorted && mappings.properties?.[BUCKET_FIELD]?.type === 'integer';
}

type Property = estypes.MappingProperty | undefined;

function propertyAt(mapping: estypes.MappingTypeMapping, path: readonly string[]): Property {
  let properties: Readonly<Record<string, estypes.MappingProperty>> = mapping.properties ?? {};
  let property: Property;
  for (const key of path) {
    property = properties[key];
    if (property?.type === 'flattened') return property;
    properties = property !== undefined && 'properties' in property ? (property.properties ?? {}) : {};
  }
  return property;
}

export function hasStamp(mapping: estypes.MappingTypeMapping, layout: Layout): boolean {
  if (propertyAt(mapping, layout.stampPath)?.type === 'flattened') return true;
  return propertyAt(mapping, [...layout.stampPath, 'run'])?.type === 'keyword';
}

/** Where one index has the membership as exact terms. */
interface Membership {
  readonly index: string;
  readonly field: string;
  /** Longer values are left out of the index. */
  readonly ignoreAbove: number | null;
}

/** Membership is asked by exact terms: a keyword as it is, or the keyword beside a text. */
function membershipsOf(shapes: readonly IndexShape[], { segmentsField }: Layout): readonly Membership[] {
  return shapes.flatMap(({ name, mappings, settings }): readonly Membership[] => {
    const property = mappings.properties?.[segmentsField];
    if (property === undefined) return [];
    const { field, keyword } = keywordOf(name, segmentsField, property);
    const limit = keyword.ignore_above ?? settings['index.mapping.ignore_above'];
    return [{ index: name, field, ignoreAbove: limit === undefined ? null : Number(limit) }];
  });
}

function oneField(memberships: readonly Membership[], { segmentsField }: Layout): string | null {
  const distinct = [...new Set(memberships.map(({ field }) => field))];
  if (distinct.length > 1)
    throw new UserError(
      `The indices map "${segmentsField}" in different ways (${distinct.join(', ')}); Strata needs one keyword field that all have.`,
    );
  return distinct[0] ?? null;
}

function shortestLimit(memberships: readonly Membership[]): ValueLimit | null {
  const limits = memberships.flatMap(({ index, field, ignoreAbove }) =>
    ignoreAbove === null ? [] : [{ index, field, length: ignoreAbove }],
  );
  return limits.toSorted((a, b) => a.length - b.length)[0] ?? null;
}

interface NamedKeyword {
  readonly field: string;
  readonly keyword: estypes.MappingKeywordProperty;
}

function keywordOf(index: string, field: string, property: estypes.MappingProperty): NamedKeyword {
  if (isExact(property)) return { field, keyword: property };
  const subFields = 'fields' in property ? Object.entries(property.fields ?? {}) : [];
  for (const [name, each] of subFields) {
    if (isExact(each)) return { field: `${field}.${name}`, keyword: each };
  }
  throw new UserError(
    `The index "${index}" maps "${field}" as ${property.type ?? 'an object'}, and members are told by exact values. It must be a keyword without a normalizer (or have one as a sub-field); SEGMENTS_FIELD names another field.`,
  );
}

function isExact(property: estypes.MappingProperty): property is estypes.MappingKeywordProperty {
  return property.type === 'keyword' && property.normalizer === undefined;
}

function environmentOf(shapes: readonly IndexShape[]): string | null {
  for (const { mappings } of shapes) {
    const mark: unknown = mappings._meta?.['strata'];
    if (isRecord(mark) && typeof mark['environment'] === 'string') return mark['environment'];
  }
  return null;
}
