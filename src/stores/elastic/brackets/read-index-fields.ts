import type { estypes } from '@elastic/elasticsearch';
import type { FieldFacts, FieldNode, IndexedFacts, IndexFields } from './index-fields.ts';
import { readLeaf } from './read-leaf.ts';
import { mergeNodes } from './merge-fields.ts';
import { isTrue, type IndexDefaults, type Property, toProperty, wordOf } from './properties.ts';

/** Mapping and flat settings of one concrete index, as the server gives them (`flat_settings=true`). */
export interface IndexShape {
  readonly mappings: estypes.MappingTypeMapping;
  /** Values by whole name, such as `index.mapping.coerce`. */
  readonly settings: Readonly<Record<string, unknown>>;
}

interface ReadOptions extends Omit<IndexFields, 'root'> {
  /** Top-level keys that the store takes out of a document before it is evaluated. */
  readonly withheld: readonly string[];
}

/**
 * What each path surely leaves in every one of the indices behind an alias. Read it anew for each run and after the
 * point in time is open: a document brings the fields it adds with it. It speaks of documents indexed under these
 * mappings; a setting such as `coerce` or `dynamic` changed since leaves older documents that only an audit finds.
 */
export function readIndexFields(
  shapes: readonly IndexShape[],
  { withheld, ...options }: ReadOptions,
): IndexFields {
  const [first, ...more] = shapes.map(readShape);
  const root = first === undefined ? hiddenNode('there is no index') : more.reduce(mergeNodes, first);
  const absent = withheld.map((key) => [key, ABSENT] as const);
  return { root: { ...root, children: new Map([...root.children, ...absent]) }, ...options };
}

const ABSENT: FieldNode = { facts: { kind: 'absent' }, children: new Map(), rest: { kind: 'absent' } };

function readShape({ mappings, settings }: IndexShape): FieldNode {
  const defaults = toDefaults(settings);
  const source = toProperty(mappings._source);
  const mode = source['mode'] ?? settings['index.mapping.source.mode'];
  const rebuilds = settings['index.mode'] !== undefined && settings['index.mode'] !== 'standard';
  if (mode === 'synthetic' || rebuilds)
    return hiddenNode('the index keeps no documents as they were written');
  if (isFalse(toProperty(mappings._field_names)['enabled']))
    return hiddenNode('the index does not note which fields a document has');
  const root = toProperty(mappings);
  const runtime = new Set(Object.keys(mappings.runtime ?? {}));
  return readObject(root, {
    defaults,
    name: '',
    nested: null,
    dynamic: 'true',
    runtime,
    copied: copyTargets(root),
    lacksSource: source['enabled'] === false || 'includes' in source || 'excludes' in source,
  });
}

/** What 7.17.29 and 8.19.2 were seen to do, and 7.13.2 not; an index keeps what older servers have indexed. */
const BETTER_INDEXING = 7_170_000;

function toDefaults(settings: IndexShape['settings']): IndexDefaults {
  const ignoreAbove = settings['index.mapping.ignore_above'];
  const createdBy = Number(settings['index.version.created'] ?? 0);
  return {
    coerce: !isFalse(settings['index.mapping.coerce']),
    ignoreMalformed: isTrue(settings['index.mapping.ignore_malformed']),
    ignoreAbove: ignoreAbove === undefined ? null : Number(ignoreAbove),
    tracesIgnored: createdBy >= BETTER_INDEXING,
    bcNumbers: createdBy < BETTER_INDEXING,
    dropsFields: isTrue(settings['index.mapping.total_fields.ignore_dynamic_beyond_limit']),
    searchAnalyzer: Object.keys(settings).some((name) =>
      name.startsWith('index.analysis.analyzer.default_search'),
    ),
  };
}

function isFalse(value: unknown): boolean {
  return value === false || value === 'false';
}

interface Surroundings {
  readonly defaults: IndexDefaults;
  /** Of the object, with its parents; empty for the root. */
  readonly name: string;
  readonly nested: string | null;
  readonly dynamic: string;
  readonly runtime: ReadonlySet<string>;
  readonly copied: ReadonlySet<string>;
  readonly lacksSource: boolean;
}

function readObject(property: Property, around: Surroundings): FieldNode {
  if (isFalse(property['enabled'])) return hiddenNode(`the index does not look inside ${around.name}`);
  if (property['subobjects'] !== undefined && !isTrue(property['subobjects']))
    return hiddenNode('the index keeps keys with dots as they are');
  const dynamic = wordOf(property['dynamic']) ?? around.dynamic;
  const children = new Map(
    Object.entries(toProperty(property['properties'])).map(([key, child]) => {
      const name = around.name === '' ? key : `${around.name}.${key}`;
      return [key, readProperty(toProperty(child), { ...around, dynamic, name })] as const;
    }),
  );
  return { facts: { kind: 'object' }, children, rest: restOf(dynamic, around) };
}

/** What a key that no mapping names may hold. */
function restOf(dynamic: string, { defaults, name, runtime }: Surroundings): FieldFacts {
  if (runtime.size > 0) return hidden('fields are computed when they are read');
  if (dynamic === 'strict') return { kind: 'absent' };
  if (dynamic === 'true' || dynamic === 'strict_allow_templates')
    return defaults.dropsFields ? hidden('the index leaves out fields beyond its limit') : { kind: 'void' };
  return hidden(
    dynamic === 'runtime'
      ? 'the index reads new fields only when they are asked for'
      : `the index leaves out what its mapping does not name${name === '' ? '' : ` in ${name}`}`,
  );
}

function readProperty(property: Property, around: Surroundings): FieldNode {
  const type = wordOf(property['type']) ?? 'object';
  const shadowed = [...around.runtime].some(
    (name) => name === around.name || name.startsWith(`${around.name}.`),
  );
  if (shadowed) return hiddenNode('it is computed when it is read');
  if (type === 'object') return readObject(property, around);
  if (type === 'nested') {
    return isTrue(property['include_in_parent']) || isTrue(property['include_in_root'])
      ? hiddenNode('nested objects are indexed twice')
      : readObject(property, { ...around, nested: around.name });
  }
  const facts = readLeaf(type, property, around.defaults);
  if (facts.kind !== 'indexed') return { facts, children: new Map(), rest: hidden(reasonOf(facts)) };
  const placed: IndexedFacts = {
    ...facts,
    nested: around.nested,
    strays: around.lacksSource || around.copied.has(around.name),
  };
  if (type === 'flattened') return { facts: { kind: 'object' }, children: new Map(), rest: placed };
  return facts.skipsMalformed
    ? { facts: placed, children: new Map(), rest: hidden('the index leaves out what does not fit the field') }
    : { facts: placed, children: subFieldsOf(property), rest: { kind: 'void' } };
}

/** The index has values by these names, and no document does: another index may have a field of that name. */
function subFieldsOf(property: Property): ReadonlyMap<string, FieldNode> {
  const node: FieldNode = { facts: { kind: 'object' }, children: new Map(), rest: { kind: 'void' } };
  return new Map(Object.keys(toProperty(property['fields'])).map((key) => [key, node]));
}

function reasonOf(facts: FieldFacts): string {
  return facts.kind === 'hidden' ? facts.reason : 'its parent holds no objects';
}

function copyTargets(property: Property): ReadonlySet<string> {
  const own = property['copy_to'];
  const targets = new Set(Array.isArray(own) ? own.map(String) : [wordOf(own)].flatMap((name) => name ?? []));
  for (const child of Object.values(toProperty(property['properties']))) {
    for (const target of copyTargets(toProperty(child))) targets.add(target);
  }
  return targets;
}

function hidden(reason: string): FieldFacts {
  return { kind: 'hidden', reason };
}

function hiddenNode(reason: string): FieldNode {
  const facts = hidden(reason);
  return { facts, children: new Map(), rest: facts };
}
