import type { Condition } from './ast.ts';
import type { CompiledCondition, EvaluationOptions } from './documents.ts';
import { Program } from './program.ts';

export type { CompiledCondition, Documents, EvaluationOptions, Tally } from './documents.ts';

/**
 * Compiles a condition for one slot into a function that is true or false on any document and never throws.
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
  const program = new Program(options);
  return program.run(program.expressionOf(condition));
}
