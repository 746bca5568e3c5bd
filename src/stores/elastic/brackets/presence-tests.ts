import { existsQuery, leftOut, within } from './answer.ts';
import { EVERYTHING, exactly, NOTHING, unbounded, type Bounds } from './bounds.ts';
import type { Found, IndexedField } from './index-fields.ts';
import type { BracketContext, BracketOperand, FieldOperand } from './operands.ts';
import { ALL, and, leaf, NONE, not, or, type Query } from './query.ts';
import { hasValues } from './value-tests.ts';

export type PresenceTest = 'exists' | 'null' | 'present' | 'empty';

const NO_TRACE = 'the index does not tell null, an empty list or an empty object from missing';

/** EXISTS, IS NULL, IS NOT NULL and EMPTY speak of the whole value. */
export function presence(context: BracketContext, test: PresenceTest, operand: BracketOperand): Bounds {
  if (operand.kind !== 'field') return hasValues(context, [operand]);
  if (operand.isMembership) return ofMembership(test, operand);
  const [field, ...others] = operand.found;
  if (field === undefined || others.length > 0) return unbounded(NO_TRACE);
  return ofField(test, field, operand.mayBranch);
}

function ofField(test: PresenceTest, field: Found, mayBranch: boolean): Bounds {
  switch (field.kind) {
    case 'absent':
      return test === 'empty' ? EVERYTHING : NOTHING;
    case 'void':
    case 'object':
      return unbounded(NO_TRACE);
    case 'hidden':
      return unbounded(field.reason);
    case 'indexed':
      return ofIndexed(test, field, mayBranch);
  }
}

function ofIndexed(test: PresenceTest, field: IndexedField, mayBranch: boolean): Bounds {
  if (!field.surelyHere) return unbounded(NO_TRACE);
  const some = within(field, existsQuery(field));
  const nulls =
    field.nullValue === null ? NONE : within(field, leaf({ term: { [field.name]: field.nullValue } }));
  const reasons = [NO_TRACE];
  switch (test) {
    case 'exists':
      return { upper: ALL, lower: some, reasons };
    case 'present':
      return { upper: ALL, lower: and([some, not(nulls)]), reasons };
    case 'null':
      return { upper: mayBranch ? ALL : or([not(some), nulls]), lower: NONE, reasons };
    case 'empty':
      return { upper: or([not(some), nulls, emptyText(field)]), lower: NONE, reasons };
  }
}

/** What an empty text leaves in the index. */
function emptyText(field: IndexedField): Query {
  const { name, type } = field;
  switch (type.name) {
    case 'keyword':
    case 'flattened':
      return within(field, leaf({ term: { [name]: '' } }));
    case 'boolean':
      return within(field, leaf({ term: { [name]: false } }));
    case 'text':
      return ALL;
    case 'integer':
    case 'real':
    case 'date':
      return NONE;
  }
}

/** Always a list, and never with a null in it. */
function ofMembership(test: PresenceTest, { found }: FieldOperand): Bounds {
  switch (test) {
    case 'exists':
    case 'present':
      return EVERYTHING;
    case 'null':
      return NOTHING;
    case 'empty': {
      const [field] = found;
      if (field?.kind !== 'indexed') return unbounded('the index does not hold the membership as a keyword');
      if (field.type.name !== 'keyword' || !field.surelyHere)
        return unbounded('the index does not hold the membership as a keyword');
      if (field.nullValue !== null) return unbounded(NO_TRACE);
      const some = existsQuery(field);
      const lost = field.type.ignoreAbove === null ? NONE : leftOut(field);
      return lost.kind === 'all'
        ? { upper: not(some), lower: NONE, reasons: [NO_TRACE] }
        : exactly(not(or([some, lost])));
    }
  }
}
