import { constantTest, neverComparable } from './constant-tests.ts';
import { formatInstant } from './instants.ts';
import type { Convert } from './operands.ts';
import { Instant, leavesOf, Reached, UNREADABLE, type Constant } from './values.ts';
import { MISMATCH, NOTHING, strongest, verdict, type Test, type Verdict } from './verdict.ts';

export type TextTest = 'contains' | 'starts-with' | 'ends-with';

/** How the left side of a text test is read. */
export interface TextOperand {
  readonly convert: Convert | null;
  readonly instants: boolean;
}

/**
 * CONTAINS, STARTS WITH and ENDS WITH: of a list its elements, its first or last element, of a text its parts.
 * A declared date field is searched as it is written, an instant of a function as ISO 8601 in its zone.
 */
export function textTest(
  kind: TextTest,
  part: Constant | typeof UNREADABLE,
  { convert, instants }: TextOperand,
): Test {
  const same = part === UNREADABLE ? neverComparable : constantTest('==', part, instants);
  const element = converted(same, convert);
  const passes = typeof part === 'string' ? textPredicate(kind, part) : null;
  const test: Test = (value) => {
    if (Array.isArray(value)) return ofList(kind, value, element);
    if (value instanceof Reached) return strongest(value.values, test);
    return ofText(convert === null ? value : convert(value), passes);
  };
  return test;
}

/** A test of what a function makes of each single value. */
export function converted(test: Test, convert: Convert | null): Test {
  if (convert === null) return test;
  const whole: Test = (value) =>
    Array.isArray(value) || value instanceof Reached
      ? strongest(leavesOf(value), (leaf) => test(convert(leaf)))
      : test(convert(value));
  return whole;
}

function ofList(kind: TextTest, list: readonly unknown[], element: Test): Verdict {
  switch (kind) {
    case 'contains':
      return element(list);
    case 'starts-with':
      return element(list[0]);
    case 'ends-with':
      return element(list.at(-1));
  }
}

function ofText(value: unknown, passes: ((text: string) => boolean) | null): Verdict {
  if (value === undefined || value === null) return NOTHING;
  const text = value instanceof Instant ? formatInstant(value.epochMs, value.zone) : value;
  return typeof text === 'string' && passes !== null ? verdict(passes(text)) : MISMATCH;
}

function textPredicate(kind: TextTest, part: string): (text: string) => boolean {
  switch (kind) {
    case 'contains':
      return (text) => text.includes(part);
    case 'starts-with':
      return (text) => text.startsWith(part);
    case 'ends-with':
      return (text) => text.endsWith(part);
  }
}
