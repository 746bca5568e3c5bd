/** A point in time as a function yields it. The zone matters for calendar steps and for text only. */
export class Instant {
  readonly epochMs: number;
  readonly zone: string;

  constructor(epochMs: number, zone: string) {
    this.epochMs = epochMs;
    this.zone = zone;
  }
}

/** The values that a path reaches when a key step enters a list of objects; never empty, never nested. */
export class Reached {
  readonly values: readonly unknown[];

  constructor(values: readonly unknown[]) {
    this.values = values;
  }
}

/** What a function yields for a value it cannot read: it is there, not null, and equals nothing. */
export const UNREADABLE = Symbol('unreadable');

/** What a literal may be once functions of literals are computed. */
export type Constant = null | boolean | number | string | Instant;

/**
 * The elements of a list, lists within it spread. Without recursion: a document may nest deeper than the stack.
 */
export function elementsOf(list: readonly unknown[]): readonly unknown[] {
  if (!list.some(Array.isArray)) return list;
  const elements: unknown[] = [];
  const open: { readonly list: readonly unknown[]; next: number }[] = [{ list, next: 0 }];
  for (let top = open.at(-1); top !== undefined; top = open.at(-1)) {
    if (top.next === top.list.length) {
      open.pop();
      continue;
    }
    const element = top.list[top.next];
    top.next += 1;
    if (Array.isArray(element)) open.push({ list: element, next: 0 });
    else elements.push(element);
  }
  return elements;
}

/** Every single value in it: of a list its elements, of what a path reached all of them. */
export function leavesOf(value: unknown): readonly unknown[] {
  if (Array.isArray(value)) return elementsOf(value);
  return value instanceof Reached ? elementsOf(value.values) : [value];
}
