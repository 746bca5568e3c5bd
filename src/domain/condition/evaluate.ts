import type { Condition, Operand, TestNode } from './ast.ts';
import type { CompiledCondition, EvaluationOptions } from './documents.ts';
import { fieldTest, readField, type Read } from './field-tests.ts';
import { compileLeaf, type Judge } from './leaves.ts';
import { compileOperand } from './operands.ts';
import { exists, isEmpty, isNullValue, isPresent } from './presence.ts';
import { isNegated, isTest } from './test-nodes.ts';
import { MISMATCH, PASSED } from './verdict.ts';

export type { CompiledCondition, Documents, EvaluationOptions, Tally } from './documents.ts';

/**
 * Compiles a condition for one slot into a closure that is true or false on any document and never throws.
 * What the language leaves open is decided so:
 *
 * - A value of a declared date field is an instant when it is an ISO 8601 text or a finite number (epoch
 *   milliseconds, as Elasticsearch reads it); anything else there is a mismatch. `datetime(field)` reads the same.
 * - CONTAINS, STARTS WITH and ENDS WITH search a date field as it is written, and `now()`, `datetime(…)` as ISO
 *   8601 with milliseconds in their zone. Functions keep missing and null, and apply to each element of a list.
 * - A test is one mismatch when it is false and nothing it compared was comparable: `5` in a list of texts is no
 *   wrong definition as long as one text is there.
 * - Lists are any-of however deep they nest. Two null fields are not equal: only NULL itself equals null.
 * - An index step on an object reads its own key of that text; an absent document is missing throughout.
 * - Where a path reaches several values, EXISTS, IS NULL and IS NOT NULL hold when one passes, EMPTY when all do.
 * - Days and weeks are fixed lengths, months and years follow the calendar of the zone. A fraction of a second
 *   finer than a millisecond is cut off.
 */
export function compileCondition(condition: Condition, options: EvaluationOptions): CompiledCondition {
  if (isTest(condition)) return compileTest(condition, options);
  switch (condition.kind) {
    case 'and':
      return every(condition.terms.map((term) => compileCondition(term, options)));
    case 'or':
      return some(condition.terms.map((term) => compileCondition(term, options)));
    case 'not':
      return not(compileCondition(condition.term, options));
  }
}

/** One node per pair, so that each test is a call of its own that the engine can predict. */
function every(terms: readonly CompiledCondition[]): CompiledCondition {
  return terms.reduceRight(
    (rest, term) => (documents, tally) => term(documents, tally) && rest(documents, tally),
  );
}

function some(terms: readonly CompiledCondition[]): CompiledCondition {
  return terms.reduceRight(
    (rest, term) => (documents, tally) => term(documents, tally) || rest(documents, tally),
  );
}

function not(term: CompiledCondition): CompiledCondition {
  return (documents, tally) => !term(documents, tally);
}

function compileTest(test: TestNode, options: EvaluationOptions): CompiledCondition {
  switch (test.kind) {
    case 'null':
      return whole(test.operand, test.negated ? isPresent : isNullValue, false, options);
    case 'exists':
      return whole(test.operand, exists, test.negated, options);
    case 'empty':
      return whole(test.operand, isEmpty, test.negated, options);
    case 'compare':
    case 'between':
    case 'in':
    case 'contains':
    case 'starts-with':
    case 'ends-with': {
      const leaf = compileLeaf(test, options);
      const negated = isNegated(test);
      return leaf.kind === 'field' ? fieldTest(leaf.field, leaf.test, negated) : judged(leaf.judge, negated);
    }
  }
}

function judged(judge: Judge, negated: boolean): CompiledCondition {
  return (documents, tally) => {
    const found = judge(documents);
    if (found === MISMATCH) tally.mismatches += 1;
    return (found === PASSED) !== negated;
  };
}

function whole(
  operand: Operand,
  holds: (value: unknown) => boolean,
  negated: boolean,
  options: EvaluationOptions,
): CompiledCondition {
  const read = readWhole(operand, options);
  return (documents) => holds(read(documents)) !== negated;
}

/** A function is missing, null or empty where its field is. */
function readWhole(operand: Operand, options: EvaluationOptions): Read {
  const compiled = compileOperand(operand, options);
  switch (compiled.kind) {
    case 'constant':
      return () => compiled.value;
    case 'dynamic':
      return readField(compiled.field);
    case 'list':
      throw new Error('a list on the left of a test');
  }
}
