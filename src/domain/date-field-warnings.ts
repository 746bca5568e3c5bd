import type { Condition, Literal, Operand } from './condition/ast.ts';
import { isDateField, type DateFields } from './condition/fields.ts';
import { parseInstant } from './condition/instants.ts';
import { conditionsOf } from './conditions-of.ts';
import type { Definition, Problem } from './definition.ts';
import { kindOfValue } from './value-messages.ts';

/**
 * Tests of declared date fields against what is no date: never true. Which fields those are is configuration,
 * and whether a definition loads must not depend on that, so they are only told.
 */
export function dateFieldWarnings(
  definitions: readonly Definition[],
  dateFields: DateFields,
): readonly Problem[] {
  return definitions.flatMap((definition) =>
    conditionsOf(definition)
      .flatMap(testsOf)
      .flatMap((test) => messagesOf(test, dateFields))
      .map((message) => ({ file: definition.source.file, line: 1, column: 1, message })),
  );
}

/** What one test compares; a text test reads a date as it is written, so any text may be part of it. */
interface Comparison {
  readonly left: Operand;
  readonly right: readonly Operand[];
  readonly asText: boolean;
}

function testsOf(condition: Condition): readonly Comparison[] {
  switch (condition.kind) {
    case 'and':
    case 'or':
      return condition.terms.flatMap(testsOf);
    case 'not':
      return testsOf(condition.term);
    case 'between':
      return [{ left: condition.operand, right: [condition.low, condition.high], asText: false }];
    case 'compare':
    case 'in':
      return [{ left: condition.left, right: itemsOf(condition.right), asText: false }];
    case 'contains':
    case 'starts-with':
    case 'ends-with':
      return [{ left: condition.left, right: itemsOf(condition.right), asText: true }];
    case 'null':
    case 'exists':
    case 'empty':
      return [];
  }
}

function itemsOf(operand: Operand): readonly Operand[] {
  return operand.kind === 'list' ? operand.items : [operand];
}

function messagesOf({ left, right, asText }: Comparison, dateFields: DateFields): readonly string[] {
  if (left.kind !== 'field' || !isDateField(left, dateFields)) return [];
  const strange = right.find((operand) => operand.kind === 'literal' && isNoDate(operand, asText));
  if (strange?.kind !== 'literal') return [];
  return [
    `${left.text} holds dates (STRATA_DATE_FIELDS) and never matches ${kindOfValue(strange.value)}; a date is written as "2026-11-21", or as datetime.from_timestamp(1795219200) in seconds`,
  ];
}

function isNoDate({ value }: Literal, asText: boolean): boolean {
  if (typeof value === 'string') return !asText && Number.isNaN(parseInstant(value));
  return value !== null;
}
