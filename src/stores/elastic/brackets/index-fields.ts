import type { PathStep } from '../../../domain/condition/ast.ts';

/**
 * What every document of some indices surely leaves in the index at each path, read from their mappings: the
 * weaker of all where they differ.
 */
export interface IndexFields {
  readonly root: FieldNode;
  /**
   * The writers keep to the mapping: every value has the JSON type that its field names, whole numbers in whole
   * number fields, dates as ISO texts with a day or as whole epoch milliseconds, no key has
   * a dot in it and no text half of a surrogate pair. An
   * index does not show whether that is so.
   */
  readonly plainDocuments: boolean;
  /** The top-level field that holds the membership, a list of texts. */
  readonly segmentsField: string;
  /** The cluster answers queries that it calls expensive (`search.allow_expensive_queries`). */
  readonly allowsExpensive: boolean;
}

export interface FieldNode {
  readonly facts: FieldFacts;
  readonly children: ReadonlyMap<string, FieldNode>;
  /** What is known of any other key below. */
  readonly rest: FieldFacts;
}

export type FieldFacts =
  /** No document holds the path at all: it would have been refused. */
  | { readonly kind: 'absent' }
  /** Nothing but null, empty lists and empty objects may be there. */
  | { readonly kind: 'void' }
  /** An object may be there, or a list of them, and no single value. */
  | { readonly kind: 'object' }
  /** Anything may be there and the index does not tell. */
  | { readonly kind: 'hidden'; readonly reason: string }
  | IndexedFacts;

export interface IndexedFacts {
  readonly kind: 'indexed';
  /** The sub-field that is asked, with its dot; empty for the field itself. */
  readonly suffix: string;
  /** The innermost nested object that it belongs to. */
  readonly nested: string | null;
  /** Values of other fields land here too, or the document that is read back lacks some. */
  readonly strays: boolean;
  /** What is indexed in place of null. */
  readonly nullValue: string | number | boolean | null;
  /** A value that the type cannot take is left out of the index instead of refused. */
  readonly skipsMalformed: boolean;
  readonly type: FieldType;
}

export type FieldType =
  /**
   * Everything is kept as text; longer texts than `ignoreAbove` (UTF-16 units) are left out. `traced`: a document
   * then notes the field in `_ignored`.
   */
  | {
      readonly name: 'keyword';
      readonly ignoreAbove: number | null;
      readonly traced: boolean;
      readonly normalized: boolean;
    }
  /** As keyword, but what is left out leaves no trace, and fewer queries are known to it. */
  | { readonly name: 'flattened'; readonly ignoreAbove: number | null }
  /** Words only. `sameAnalyzer`: a search cuts a text into the same words as indexing did. */
  | { readonly name: 'text'; readonly sameAnalyzer: boolean }
  /** Fractions are cut off and texts are read as numbers where it coerces. */
  | { readonly name: 'integer'; readonly bits: 8 | 16 | 32 | 64; readonly coerces: boolean }
  | { readonly name: 'real'; readonly width: 'half' | 'single' | 'double'; readonly coerces: boolean }
  /**
   * `yearNumbers`: a number of four digits is read as a year, not as epoch milliseconds. `bcNumbers`: so is one of
   * four to ten below zero, before Christ.
   */
  | { readonly name: 'date'; readonly yearNumbers: boolean; readonly bcNumbers: boolean }
  | { readonly name: 'boolean' };

/** An indexed field by the name that queries call it. */
export interface IndexedField extends IndexedFacts {
  readonly name: string;
  /** Whether a value found there surely stands at the condition's path. */
  readonly surelyHere: boolean;
  /** Whether it may be asked for parts and ranges of texts. */
  readonly allowsExpensive: boolean;
}

export type Found = Exclude<FieldFacts, IndexedFacts> | IndexedField;

export const EXPENSIVE = 'the cluster refuses such a query: its search.allow_expensive_queries is false';

/** Index steps after which the ways to read a path are too many to ask for. */
const MAX_INDEX_STEPS = 3;

/**
 * What the index knows of a path. An index step picks from a list, of which the index knows nothing, or it is a key;
 * so there may be several fields, one of which holds what the path reaches.
 */
export function findFields(fields: IndexFields, path: readonly PathStep[]): readonly Found[] {
  const steps = path.filter(({ kind }) => kind === 'index').length;
  const strange = path.some((step) => step.kind === 'key' && isStrange(step.key));
  if (strange) return [{ kind: 'hidden', reason: 'its key is none that a query can name' }];
  if (steps > MAX_INDEX_STEPS) return [{ kind: 'hidden', reason: 'it picks from lists in too many places' }];
  const surelyHere = steps === 0 && isSurelyNamed(fields, path);
  return namesOf(path).map((keys) => findField(fields, keys, surelyHere));
}

/** Blank keys are refused by the server, and `*` stands for any name in some queries. */
function isStrange(key: string): boolean {
  return key.includes('*') || key.split('.').some((part) => part.trim() === '');
}

/**
 * To the index a key with a dot in it and a path are one. A key at the top with nothing below it can be nothing else
 * (but for one that ends in a dot, which no writer makes).
 */
function isSurelyNamed({ plainDocuments }: IndexFields, path: readonly PathStep[]): boolean {
  const dotted = path.some((step) => step.kind === 'key' && step.key.includes('.'));
  return !dotted && (plainDocuments || path.length === 1);
}

function namesOf(path: readonly PathStep[]): readonly (readonly string[])[] {
  return path.reduce<readonly (readonly string[])[]>(
    (names, step) =>
      step.kind === 'key'
        ? names.map((keys) => [...keys, ...step.key.split('.')])
        : names.flatMap((keys) => [keys, [...keys, String(step.index)]]),
    [[]],
  );
}

function findField(
  { root, allowsExpensive }: IndexFields,
  keys: readonly string[],
  surelyHere: boolean,
): Found {
  let node = root;
  for (const key of keys) {
    const child = node.children.get(key);
    // Below it everything is alike.
    node = child ?? { facts: node.rest, children: new Map(), rest: node.rest };
  }
  const { facts } = node;
  if (facts.kind !== 'indexed') return facts;
  if (facts.nested !== null && !allowsExpensive) return { kind: 'hidden', reason: EXPENSIVE };
  const name = `${keys.join('.')}${facts.suffix}`;
  return { ...facts, name, surelyHere: surelyHere && !facts.strays, allowsExpensive };
}
