import { distance } from 'fastest-levenshtein';
import type { FunctionName, Source } from './ast.ts';

export const SOURCES: readonly Source[] = ['profile', 'payload', 'event', 'session', 'flow', 'memory'];

/** `now.timezone("Zone")` is what Tracardi calls `now("Zone")`. */
export type WrittenFunction = FunctionName | 'now.timezone';

export const FUNCTIONS: readonly WrittenFunction[] = [
  'now',
  'now.offset',
  'now.timezone',
  'now.timezone.offset',
  'utcnow',
  'datetime',
  'datetime.offset',
  'datetime.timezone',
  'datetime.from_timestamp',
  'lowercase',
  'uppercase',
];

export const OPERATORS: readonly string[] = [
  'BETWEEN',
  'CONTAINS',
  'EMPTY',
  'ENDS WITH',
  'EXISTS',
  'IN',
  'IS NULL',
  'IS NOT NULL',
  'NOT CONTAINS',
  'NOT EMPTY',
  'NOT ENDS WITH',
  'NOT EXISTS',
  'NOT IN',
  'NOT STARTS WITH',
  'STARTS WITH',
];

/** What other languages write. */
const FOREIGN: ReadonlyMap<string, string> = new Map([
  ['&', 'AND'],
  ['&&', 'AND'],
  ['|', 'OR'],
  ['||', 'OR'],
  ['!', 'NOT'],
  ['<>', '!='],
  ['===', '=='],
  ['!==', '!='],
  ['=~', 'CONTAINS'],
  ['~', 'CONTAINS'],
]);

/** The known name that the writer most likely meant, or null when nothing is near. */
export function nearest(written: string, known: readonly string[]): string | null {
  const foreign = FOREIGN.get(written);
  if (foreign !== undefined && known.includes(foreign)) return foreign;
  const word = written.toLowerCase();
  let best: string | null = null;
  let fewest = Infinity;
  for (const candidate of known) {
    const steps = /\p{L}/u.test(candidate) ? distance(word, candidate.toLowerCase()) : Infinity;
    if (steps < fewest) [best, fewest] = [candidate, steps];
  }
  return best !== null && fewest > 0 && fewest <= Math.max(1, Math.ceil(best.length / 2)) ? best : null;
}

export function suggestion(written: string, known: readonly string[]): string {
  const name = nearest(written, known);
  return name === null ? '' : `; did you mean ${name}?`;
}
