import { toBounds, type Answer } from './answer.ts';
import { disjunction, NOTHING, unbounded, type Bounds } from './bounds.ts';
import { dateAnswer } from './date-answers.ts';
import type { Found, IndexedField } from './index-fields.ts';
import { keywordAnswer } from './keyword-answers.ts';
import { numberAnswer } from './number-answers.ts';
import { booleanAnswer, textAnswer } from './other-answers.ts';
import type { Wanted } from './wanted.ts';

/** Bounds of "some value at the path is one of the wanted", given every field that may hold the path. */
export function someValue(found: readonly Found[], wanted: readonly Wanted[], plain: boolean): Bounds {
  return disjunction(found.flatMap((field) => wanted.map((one) => oneOf(field, one, plain))));
}

function oneOf(field: Found, wanted: Wanted, plain: boolean): Bounds {
  switch (field.kind) {
    case 'absent':
    case 'void':
    case 'object':
      return NOTHING;
    case 'hidden':
      return unbounded(field.reason);
    case 'indexed':
      return toBounds(field, answerOf(field, wanted, plain));
  }
}

function answerOf(field: IndexedField, wanted: Wanted, plain: boolean): Answer {
  const { type } = field;
  switch (type.name) {
    case 'keyword':
      return keywordAnswer(field, wanted, plain);
    case 'flattened':
      // Its values have no type that a writer could keep to: Tracardi counts visits in one.
      return keywordAnswer(field, wanted, false);
    case 'text':
      return textAnswer(field, type, wanted, plain);
    case 'integer':
    case 'real':
      return numberAnswer(field, type, wanted, plain);
    case 'date':
      return dateAnswer(field, type, wanted, plain);
    case 'boolean':
      return booleanAnswer(field, wanted, plain);
  }
}
