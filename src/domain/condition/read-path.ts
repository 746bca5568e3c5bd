import type { PathStep } from './ast.ts';
import { elementsOf, Reached } from './values.ts';

/** A step ready for reading: the own key of an object, and the index of a list when it is an index step. */
export interface Step {
  readonly key: string;
  readonly index: number | null;
}

export function toSteps(path: readonly PathStep[]): readonly Step[] {
  return path.map((step) =>
    step.kind === 'key' ? { key: step.key, index: null } : { key: String(step.index), index: step.index },
  );
}

export function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/**
 * The value at the path; undefined is missing. A key step on a list enters every object in it, an index step
 * picks one element, or on an object reads the own key of that text. Texts have no parts.
 */
export function readPath(document: unknown, steps: readonly Step[], from = 0): unknown {
  let value = document;
  for (let position = from; position < steps.length; position += 1) {
    const step = steps[position]!;
    if (Array.isArray(value)) {
      if (step.index === null) return readEach(value, steps, position);
      value = Object.hasOwn(value, step.index) ? value[step.index] : undefined;
    } else {
      value = isRecord(value) && Object.hasOwn(value, step.key) ? value[step.key] : undefined;
    }
    if (value === undefined) return undefined;
  }
  return typeof value === 'function' ? undefined : value;
}

function readEach(list: readonly unknown[], steps: readonly Step[], position: number): unknown {
  const values: unknown[] = [];
  for (const element of elementsOf(list)) {
    if (!isRecord(element)) continue;
    const value = readPath(element, steps, position);
    if (value instanceof Reached) for (const one of value.values) values.push(one);
    else if (value !== undefined) values.push(value);
  }
  return values.length === 0 ? undefined : new Reached(values);
}
