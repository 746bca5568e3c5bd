import type { Definition, DefinitionSource, ParsedDefinition, Problem } from './definition.ts';

/** What a profile store can compute beyond what every store can, and which values it can keep. */
export interface StoreForms {
  /** Segments of the form `query` are Elasticsearch's own. */
  readonly queries: boolean;
  /** Longer values than this would be written into profiles, and nobody would find their members. */
  readonly valueLimit: ValueLimit | null;
}

/** Where an index leaves values out that are too long (`ignore_above`). */
export interface ValueLimit {
  /** Of the longest value that is indexed, in UTF-16 units. */
  readonly length: number;
  readonly index: string;
  readonly field: string;
}

export const EVERY_FORM: StoreForms = { queries: true, valueLimit: null };

/** A definition that loads by itself, and that the store cannot keep right. */
export function refuseForms(parsed: ParsedDefinition, { queries, valueLimit }: StoreForms): ParsedDefinition {
  if (parsed.kind === 'refused') return parsed;
  const { definition } = parsed;
  const problems = [
    ...(queries ? [] : askedOfNobody(definition)),
    ...(valueLimit === null ? [] : tooLong(definition, valueLimit)),
  ];
  if (problems.length === 0) return parsed;
  return { kind: 'refused', source: definition.source, id: definition.segment.id, problems };
}

function askedOfNobody({ source, segment }: Definition): readonly Problem[] {
  if (segment.kind !== 'live' || segment.query === undefined) return [];
  const message =
    'query is evaluated by Elasticsearch, and the profile store is the embedded one: set ELASTIC_HOST, or write it as a condition';
  return [{ file: source.file, line: lineOf(source, 'query'), column: 1, message }];
}

function tooLong({ source, values }: Definition, { length, index, field }: ValueLimit): readonly Problem[] {
  return values
    .filter((value) => value.length > length)
    .map((value) => {
      const message =
        `value "${value}" has ${value.length} characters, and the index ${index} leaves values of more than ${length} out of ${field} (ignore_above): ` +
        'profiles would carry it, and nobody would be found as its member. Write a shorter value, or raise ignore_above in the mapping and start the workers again';
      return { file: source.file, line: lineOf(source, 'value'), column: 1, message };
    });
}

/** Where a key stands at the top of a file; 1 where it is written in another way. */
export function lineOf({ content }: DefinitionSource, key: string): number {
  const start = new RegExp(`^["']?${key}["']?\\s*:`);
  return Math.max(1, content.split('\n').findIndex((text) => start.test(text)) + 1);
}
