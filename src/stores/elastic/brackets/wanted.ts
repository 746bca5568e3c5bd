import { compareCodePoints } from '../../../domain/condition/code-points.ts';

/** The single values that pass a test, of one JSON type. */
export type Wanted =
  /** Both ends included. */
  | { readonly kind: 'number'; readonly low: number; readonly high: number }
  | { readonly kind: 'text'; readonly test: TextTest }
  | { readonly kind: 'boolean'; readonly value: boolean }
  /** Texts that read as an instant between the ends, epoch milliseconds; numbers between them too where `numbers`. */
  | { readonly kind: 'instant'; readonly low: number; readonly high: number; readonly numbers: boolean }
  /** Some value that is not null: which, only the evaluator knows. */
  | { readonly kind: 'value' };

export type TextTest =
  | { readonly kind: 'equals'; readonly texts: readonly string[] }
  /** By code point. */
  | { readonly kind: 'order'; readonly ends: TextEnds }
  | { readonly kind: 'prefix' | 'part' | 'suffix'; readonly text: string };

export interface TextEnds {
  readonly gt?: string;
  readonly gte?: string;
  readonly lt?: string;
  readonly lte?: string;
}

export function accepts(test: TextTest, text: string): boolean {
  switch (test.kind) {
    case 'equals':
      return test.texts.includes(text);
    case 'order':
      return isBetween(test.ends, text);
    case 'prefix':
      return text.startsWith(test.text);
    case 'part':
      return text.includes(test.text);
    case 'suffix':
      return text.endsWith(test.text);
  }
}

function isBetween({ gt, gte, lt, lte }: TextEnds, text: string): boolean {
  const passes = (end: string | undefined, holds: (order: number) => boolean): boolean =>
    end === undefined || holds(compareCodePoints(text, end));
  return (
    passes(gt, (order) => order > 0) &&
    passes(gte, (order) => order >= 0) &&
    passes(lt, (order) => order < 0) &&
    passes(lte, (order) => order <= 0)
  );
}
