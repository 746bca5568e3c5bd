import type { z } from 'zod';
import { nearestOf } from './known-keys.ts';

/** Says what is wrong with one value that a person has written; what its schema words itself stays. */
export function valueMessage(issue: z.core.$ZodRawIssue): string | undefined {
  switch (issue.code) {
    case 'invalid_type':
      return typeMessage(issue.expected, issue.input);
    case 'too_small':
      return issue.origin === 'number' || issue.origin === 'int'
        ? `must be ${lowest(issue)}, found ${String(issue.input)}`
        : 'must not be empty';
    case 'too_big':
      return issue.origin === 'string'
        ? `must not be longer than ${String(issue.maximum)} characters`
        : `must be ${String(issue.maximum)} or less, found ${String(issue.input)}`;
    case 'invalid_value':
      return choiceMessage(issue.values.map(String), issue.input);
    case 'invalid_union':
      return issue.discriminator === undefined ? undefined : kindMessage(issue);
    case 'invalid_format':
      return issue.format === 'url' ? 'must be a URL such as http://127.0.0.1:8070' : undefined;
    case 'not_multiple_of':
    case 'unrecognized_keys':
    case 'invalid_key':
    case 'invalid_element':
    case 'custom':
      return undefined;
  }
}

function lowest({
  minimum,
  inclusive = true,
}: Pick<z.core.$ZodIssueTooSmall, 'minimum' | 'inclusive'>): string {
  return inclusive ? `${String(minimum)} or more` : `more than ${String(minimum)}`;
}

const EXPECTED: Readonly<Record<string, string>> = {
  string: 'a text',
  number: 'a number',
  int: 'a whole number',
  boolean: 'true or false',
  array: 'a list',
  object: 'keys with values',
  record: 'keys with values',
};

function typeMessage(expected: string, found: unknown): string {
  if (found === undefined) return 'is missing';
  const quotes = expected === 'string' && typeof found !== 'object' ? '; put it in quotes' : '';
  return `must be ${EXPECTED[expected] ?? expected}, found ${kindOfValue(found)}${quotes}`;
}

function kindMessage({
  input,
  options = [],
}: {
  readonly input?: unknown;
  readonly options?: readonly unknown[];
}) {
  const kind = typeof input === 'object' && input !== null && 'kind' in input ? input.kind : undefined;
  return choiceMessage(options.map(String), kind);
}

function choiceMessage(choices: readonly string[], found: unknown): string {
  const expected = `must be one of ${choices.join(', ')}`;
  if (found === undefined) return `is missing; it ${expected}`;
  return `${expected}; found ${kindOfValue(found)}${typeof found === 'string' ? hint(found, choices) : ''}`;
}

function hint(found: string, choices: readonly string[]): string {
  const near = nearestOf(found, choices);
  return near === null ? '' : `; did you mean "${near}"?`;
}

/** A value as a message names it. */
export function kindOfValue(value: unknown): string {
  if (value === null || value === undefined) return 'nothing';
  if (Array.isArray(value)) return 'a list';
  if (typeof value === 'number') return Number.isFinite(value) ? `the number ${value}` : String(value);
  if (typeof value === 'string') return `the text "${value.length > 40 ? `${value.slice(0, 40)}…` : value}"`;
  return typeof value === 'boolean' ? String(value) : 'keys with values';
}
