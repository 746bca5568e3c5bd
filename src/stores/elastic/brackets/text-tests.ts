import { disjunction, upperOnly, unbounded, type Bounds } from './bounds.ts';
import type { BracketContext, BracketOperand, FieldOperand } from './operands.ts';
import { comparison, hasValues, NULLS, wantedValues } from './value-tests.ts';
import type { Wanted } from './wanted.ts';

export type TextTestKind = 'contains' | 'starts-with' | 'ends-with';

const PARTS = { contains: 'part', 'starts-with': 'prefix', 'ends-with': 'suffix' } as const;
const LISTS = 'the index does not tell a list from a single value, nor the order of a list';

/** Of a list its elements, its first or its last; of a text its parts. */
export function textTest(
  context: BracketContext,
  kind: TextTestKind,
  left: BracketOperand,
  right: BracketOperand,
): Bounds {
  if (right.kind === 'list')
    return disjunction(right.items.map((item) => textTest(context, kind, left, item)));
  if (left.kind !== 'field' || right.kind !== 'constant') return hasValues(context, [left, right]);
  if (right.value === null) return unbounded(NULLS);
  const element = comparison(context, '==', left, right);
  if (typeof right.value !== 'string') return upperOnly(element, LISTS);
  if (left.isMembership) return kind === 'contains' ? element : upperOnly(element, LISTS);
  const part = wantedValues(context, left, [partOf(kind, right.value, left)]);
  // A text that equals it contains it, be it an element or the whole.
  const bounds = left.values === 'dated' ? disjunction([element, part]) : part;
  if (kind !== 'contains' || left.values !== 'plain') return upperOnly(bounds, LISTS);
  return { ...bounds, lower: element.lower };
}

/** An instant that a function yields is searched as the text that only the evaluator writes. */
function partOf(kind: TextTestKind, text: string, { values }: FieldOperand): Wanted {
  if (values === 'instants') return { kind: 'value' };
  return { kind: 'text', test: { kind: PARTS[kind], text } };
}
