import { errors, type Client, type estypes } from '@elastic/elasticsearch';
import { UserError } from '../../domain/errors.ts';
import { hasStamp, readIndexState, type IndexShape, type IndexState } from './index-state.ts';
import { BUCKET_FIELD, nest, type Layout } from './layout.ts';

export interface OpenedIndices {
  readonly environment: string;
  /** Whether a plain name that nothing has yet becomes an index of our own layout: else a misspelt one would. */
  readonly makesIndex: boolean;
  /** Of an index that Strata creates. */
  readonly shards: number;
  readonly replicas: number;
  /** Patterns of fields that hold instants, which are then mapped as dates. */
  readonly datePatterns: readonly string[];
}

/** The indices behind the layout's name. Where nothing has it and none may be made, it is a UserError. */
export async function openIndices(
  client: Client,
  layout: Layout,
  options: OpenedIndices,
): Promise<IndexState> {
  const state = (await readIndexState(client, layout)) ?? (await createIndex(client, layout, options));
  if (state.environment !== null && state.environment !== options.environment)
    throw new UserError(
      `The index "${layout.index}" is written by the environment "${state.environment}", and this is "${options.environment}". Set STRATA_ENV=${state.environment}, or name another index with ELASTIC_PROFILE_INDEX.`,
    );
  return state;
}

async function createIndex(client: Client, layout: Layout, options: OpenedIndices): Promise<IndexState> {
  const isNameOfOurs = layout.kind === 'plain' && layout.idField === 'id' && !/[*,]/.test(layout.index);
  if (!isNameOfOurs || !options.makesIndex) {
    const decides =
      layout.kind === 'tracardi'
        ? 'PRODUCTION, TENANT_NAME and TRACARDI_VERSION decide'
        : 'ELASTIC_PROFILE_INDEX decides';
    const makes = isNameOfOurs
      ? ' If profiles are to be kept in a new index of that name, `strata up` makes it.'
      : '';
    throw new UserError(
      `Elasticsearch has no index and no alias "${layout.index}" (or it is empty). ${decides} the name.${makes}`,
    );
  }
  try {
    await client.indices.create({ index: layout.index, ...ownLayout(layout, options) });
  } catch (error) {
    // Another process was quicker.
    const isThere = error instanceof errors.ResponseError && /resource_already_exists/.test(error.message);
    if (!isThere) throw error;
  }
  const state = await readIndexState(client, layout);
  if (state === null) throw new Error(`the index ${layout.index} is not there after it was created`);
  return state;
}

/** Longest text that a keyword's index takes, in characters of up to four bytes. */
const LONGEST_KEYWORD = 8_191;

function ownLayout(
  layout: Layout,
  { environment, shards, replicas, datePatterns }: OpenedIndices,
): Pick<estypes.IndicesCreateRequest, 'settings' | 'mappings'> {
  const keyword = { type: 'keyword', ignore_above: LONGEST_KEYWORD } as const;
  const dates = datePatterns.map((pattern, index) => ({
    [`instants_${index}`]: {
      path_match: pattern,
      match_mapping_type: 'string',
      mapping: { type: 'date', format: 'strict_date_optional_time||epoch_millis', ignore_malformed: true },
    },
  }));
  const templates: Record<string, unknown>[] = [
    ...dates,
    { texts: { match_mapping_type: 'string', mapping: keyword } },
    // Every number is what JavaScript reads it as; a text among numbers is kept and never one of them.
    ...['long', 'double'].map((type) => ({
      [`${type}s`]: {
        match_mapping_type: type,
        mapping: { type: 'double', coerce: false, ignore_malformed: true },
      },
    })),
  ];
  return {
    settings: {
      index: {
        number_of_shards: String(shards),
        number_of_replicas: String(replicas),
        sort: { field: [BUCKET_FIELD, 'id'], order: ['asc', 'asc'] },
        // A number is a number: a text or a fraction that is none of the field is never indexed as one.
        mapping: { coerce: false, total_fields: { limit: '5000' } },
      },
    },
    mappings: {
      _meta: markOf(environment),
      date_detection: false,
      dynamic_templates: templates as estypes.MappingTypeMapping['dynamic_templates'],
      properties: {
        id: { type: 'keyword' },
        [BUCKET_FIELD]: { type: 'integer', coerce: true },
        [layout.segmentsField]: { type: 'keyword' },
        ...stampProperties(layout),
      },
    },
  };
}

function markOf(environment: string): Record<string, unknown> {
  return { strata: { environment } };
}

/** The run is asked for; the rest of the stamp is only read with its document. */
function stampProperties({ stampPath }: Layout): Record<string, estypes.MappingProperty> {
  const stamp = { type: 'object', dynamic: false, properties: { run: { type: 'keyword' } } };
  return nest(stampPath, stamp) as Record<string, estypes.MappingProperty>;
}

/**
 * Marks the indices as this environment's, and maps in them what Strata writes, where the layout has no place for
 * it already. Again changes nothing.
 */
export async function claimIndices(
  client: Client,
  layout: Layout,
  { shapes }: IndexState,
  environment: string,
): Promise<void> {
  for (const { name, mappings } of shapes.filter((shape) => !isClaimed(shape, layout))) {
    const hasMembership = mappings.properties?.[layout.segmentsField] !== undefined;
    const added = {
      ...(hasMembership ? {} : { [layout.segmentsField]: { type: 'keyword' as const } }),
      ...(hasStamp(mappings, layout) ? {} : stampProperties(layout)),
    };
    await client.indices.putMapping({
      index: name,
      _meta: { ...mappings._meta, ...markOf(environment) },
      properties: added,
    });
  }
}

export function isClaimed({ mappings }: IndexShape, layout: Layout): boolean {
  return (
    mappings._meta?.['strata'] !== undefined &&
    hasStamp(mappings, layout) &&
    mappings.properties?.[layout.segmentsField] !== undefined
  );
}
