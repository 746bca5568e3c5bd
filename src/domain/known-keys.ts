import { closest, distance } from 'fastest-levenshtein';
import { Segment } from './segment.ts';

/** The keys the schema takes at this path: asked of the schema itself, so that no second list can go stale. */
export function knownKeys(kind: unknown, path: readonly (string | number)[]): readonly string[] {
  const option = Segment.options.find((candidate) => candidate.shape.kind.value === kind);
  if (option === undefined) return [];
  return keysAt(option, path);
}

function keysAt(schema: unknown, path: readonly (string | number)[]): readonly string[] {
  let current: unknown = schema;
  for (const step of path) current = descend(unwrap(current), step);
  const shape = shapeOf(unwrap(current));
  return shape === null ? [] : Object.keys(shape);
}

function shapeOf(schema: unknown): Readonly<Record<string, unknown>> | null {
  if (typeof schema !== 'object' || schema === null || !('shape' in schema)) return null;
  const { shape } = schema;
  return typeof shape === 'object' && shape !== null ? { ...shape } : null;
}

function unwrap(schema: unknown): unknown {
  let current: unknown = schema;
  while (
    typeof current === 'object' &&
    current !== null &&
    'unwrap' in current &&
    typeof current.unwrap === 'function'
  ) {
    current = current.unwrap();
  }
  return current;
}

/** `unwrap` has gone through arrays to their elements already, so an index stays where it is. */
function descend(schema: unknown, step: string | number): unknown {
  return typeof step === 'string' ? shapeOf(schema)?.[step] : schema;
}

/** Whether what was found can be a slip of the pen for what is known: most of its letters are there. */
function isMeant(found: string, known: string): boolean {
  return distance(found.toLowerCase(), known.toLowerCase()) <= Math.max(1, Math.floor(found.length / 2));
}

/** The known name that was meant by one that is not, as far as one can tell. */
export function nearestOf(found: string, known: readonly string[]): string | null {
  if (known.length === 0) return null;
  const near = closest(found, [...known]);
  return isMeant(found, near) ? near : null;
}

/** The end of a message about a key nobody knows. */
export function nearest(key: string, known: readonly string[]): string {
  if (known.length === 0) return '';
  const near = nearestOf(key, known);
  const hint = near === null ? ';' : `; did you mean "${near}"?`;
  return `${hint} known keys here: ${known.join(', ')}`;
}
