import { isRecord } from './read-path.ts';
import { Reached } from './values.ts';

/**
 * EXISTS, IS NULL, EMPTY speak of a whole value, not of a list's elements. Where a path reaches several values,
 * EXISTS, IS NULL and IS NOT NULL hold when one of them passes; EMPTY holds when there is nothing in any.
 */
export function exists(value: unknown): boolean {
  return value !== undefined;
}

export function isNullValue(value: unknown): boolean {
  return value instanceof Reached ? value.values.includes(null) : value === null;
}

/** There and not null: not the negation of IS NULL, both are false on missing. */
export function isPresent(value: unknown): boolean {
  if (value instanceof Reached) return value.values.some((one) => one !== null);
  return value !== undefined && value !== null;
}

export function isEmpty(value: unknown): boolean {
  if (value === undefined || value === null || value === '') return true;
  if (Array.isArray(value)) return value.length === 0;
  if (value instanceof Reached) return value.values.every(isEmpty);
  return isRecord(value) && Object.keys(value).length === 0;
}
