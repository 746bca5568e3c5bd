import type { FieldFacts, FieldType, IndexedFacts } from './index-fields.ts';
import { isTrue, toProperty, wordOf, type IndexDefaults, type Property } from './properties.ts';

/** Parameters that change nothing of what a document leaves in the index for the queries of a bracket. */
const HARMLESS = new Set([
  'boost',
  'eager_global_ordinals',
  'fielddata',
  'fielddata_frequency_filter',
  'index_options',
  'index_phrases',
  'index_prefixes',
  'meta',
  'norms',
  'position_increment_gap',
  'similarity',
  'split_queries_on_whitespace',
  'store',
  'term_vector',
]);
/** Parameters that are read, here or by the caller. */
const READ = new Set([
  'type',
  'fields',
  'copy_to',
  'index',
  'doc_values',
  'ignore_above',
  'normalizer',
  'null_value',
  'analyzer',
  'search_analyzer',
  'search_quote_analyzer',
  'coerce',
  'ignore_malformed',
  'format',
  'locale',
  'depth_limit',
]);

const BITS = new Map<string, 8 | 16 | 32 | 64>([
  ['byte', 8],
  ['short', 16],
  ['integer', 32],
  ['long', 64],
]);
const WIDTHS = new Map<string, 'half' | 'single' | 'double'>([
  ['half_float', 'half'],
  ['float', 'single'],
  ['double', 'double'],
]);

/** A field that is no object; where it stands is the caller's to say. */
export function readLeaf(type: string, property: Property, defaults: IndexDefaults): FieldFacts {
  const unknown = Object.keys(property).find((name) => !READ.has(name) && !HARMLESS.has(name));
  if (unknown !== undefined) return hidden(`its mapping sets ${unknown}`);
  if (property['index'] === false || property['index'] === 'false')
    return hidden('the index does not index it');
  if (type === 'text') return readText(property, defaults);
  const fieldType = toFieldType(type, property, defaults);
  if (typeof fieldType === 'string') return hidden(fieldType);
  return indexed(fieldType, property, defaults);
}

function hidden(reason: string): FieldFacts {
  return { kind: 'hidden', reason };
}

function indexed(type: FieldType, property: Property, defaults: IndexDefaults): IndexedFacts {
  const nullValue = property['null_value'];
  const takesAnything = type.name === 'keyword' || type.name === 'flattened' || type.name === 'text';
  return {
    kind: 'indexed',
    suffix: '',
    nested: null,
    strays: false,
    nullValue:
      typeof nullValue === 'string' || typeof nullValue === 'number' || typeof nullValue === 'boolean'
        ? nullValue
        : null,
    skipsMalformed:
      !takesAnything &&
      (property['ignore_malformed'] === undefined
        ? defaults.ignoreMalformed
        : isTrue(property['ignore_malformed'])),
    type,
  };
}

/** A text's keyword sub-field knows whole texts; of several the one that leaves out least. */
function readText(property: Property, defaults: IndexDefaults): FieldFacts {
  const keywords = Object.entries(toProperty(property['fields']))
    .map(([key, child]) => ({ key, child: toProperty(child) }))
    .filter(({ child }) => child['type'] === 'keyword')
    .map(({ key, child }) => ({ key, facts: readLeaf('keyword', child, defaults) }))
    .flatMap(({ key, facts }) => (facts.kind === 'indexed' ? [{ ...facts, suffix: `.${key}` }] : []))
    .toSorted((a, b) => limitOf(b.type) - limitOf(a.type));
  const [keyword] = keywords;
  if (keyword !== undefined) return keyword;
  const sameAnalyzer =
    property['search_analyzer'] === undefined &&
    (property['analyzer'] !== undefined || !defaults.searchAnalyzer);
  return indexed({ name: 'text', sameAnalyzer }, property, defaults);
}

/** A normalised keyword knows less than any other. */
function limitOf(type: FieldType): number {
  if (type.name !== 'keyword' || type.normalized) return 0;
  return type.ignoreAbove ?? Infinity;
}

/** The type, or why the index is no help. */
function toFieldType(type: string, property: Property, defaults: IndexDefaults): FieldType | string {
  const bits = BITS.get(type);
  if (bits !== undefined) return { name: 'integer', bits, coerces: coerces(property, defaults) };
  const width = WIDTHS.get(type);
  if (width !== undefined) return { name: 'real', width, coerces: coerces(property, defaults) };
  switch (type) {
    case 'keyword':
      return {
        name: 'keyword',
        ignoreAbove: ignoreAbove(property, defaults),
        traced: defaults.tracesIgnored,
        normalized: property['normalizer'] !== undefined,
      };
    case 'flattened':
      return { name: 'flattened', ignoreAbove: ignoreAbove(property, defaults) };
    case 'boolean':
      return { name: 'boolean' };
    case 'date':
      return toDate(wordOf(property['format']) ?? DEFAULT_FORMAT, property, defaults);
    case 'alias':
      return 'it is another name of a field, and documents cannot hold it';
    default:
      return `its type ${type} is none that conditions are compiled for`;
  }
}

function coerces(property: Property, defaults: IndexDefaults): boolean {
  return property['coerce'] === undefined ? defaults.coerce : isTrue(property['coerce']);
}

function ignoreAbove(property: Property, defaults: IndexDefaults): number | null {
  return property['ignore_above'] === undefined ? defaults.ignoreAbove : Number(property['ignore_above']);
}

const DEFAULT_FORMAT = 'strict_date_optional_time||epoch_millis';
/** Formats that read a text as the same instant as the evaluator does, or refuse it. */
const SAME_INSTANTS = new Set([
  'strict_date_optional_time',
  'strict_date_optional_time_nanos',
  'strict_date_time',
  'strict_date_time_no_millis',
  'strict_date',
  'epoch_millis',
  'yyyy-MM-dd',
  'uuuu-MM-dd',
  'yyyy-MM-dd HH:mm:ss',
  'uuuu-MM-dd HH:mm:ss',
]);

function toDate(format: string, property: Property, defaults: IndexDefaults): FieldType | string {
  const formats = format.split('||').map((one) => one.trim());
  const other = formats.find((one) => !SAME_INSTANTS.has(one));
  if (other !== undefined) return `its date format ${other} may read a date differently`;
  if (property['locale'] !== undefined) return 'its mapping sets a locale for dates';
  const yearNumbers = formats.some((one) => one.startsWith('strict_date_optional_time'));
  return { name: 'date', yearNumbers, bcNumbers: yearNumbers && defaults.bcNumbers };
}
