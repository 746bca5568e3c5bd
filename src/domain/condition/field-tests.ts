import type { Field } from './ast.ts';
import type { CompiledCondition, Documents } from './documents.ts';
import { isRecord, readPath, toSteps, type Step } from './read-path.ts';
import { MISMATCH, NOTHING, PASSED, type Test } from './verdict.ts';

export type Read = (documents: Documents) => unknown;

/** Reads a field; the path is prepared here, once. */
export function readField({ source, path }: Field): Read {
  const steps = toSteps(path);
  return (documents) => readPath(documents[source], steps);
}

/**
 * A test of one field. Paths of one and of two keys in the profile are most of what people write, so they are
 * read without a loop as long as nothing but plain objects is met.
 */
export function fieldTest(field: Field, test: Test, negated: boolean): CompiledCondition {
  const read = readField(field);
  const general: CompiledCondition = (documents, tally) => {
    const found = test(read(documents));
    if (found === MISMATCH) tally.mismatches += 1;
    return (found === PASSED) !== negated;
  };
  const [first, second, ...more] = toSteps(field.path);
  if (field.source !== 'profile' || first === undefined || more.length > 0) return general;
  return second === undefined
    ? oneKeyTest(first, test, negated, general)
    : twoKeyTest(first, second, test, negated, general);
}

function oneKeyTest(
  { key }: Step,
  test: Test,
  negated: boolean,
  general: CompiledCondition,
): CompiledCondition {
  return (documents, tally) => {
    const root = documents.profile;
    if (!isRecord(root)) return general(documents, tally);
    const found = Object.hasOwn(root, key) ? test(root[key]) : NOTHING;
    if (found === MISMATCH) tally.mismatches += 1;
    return (found === PASSED) !== negated;
  };
}

function twoKeyTest(
  outer: Step,
  inner: Step,
  test: Test,
  negated: boolean,
  general: CompiledCondition,
): CompiledCondition {
  const [outerKey, innerKey] = [outer.key, inner.key];
  return (documents, tally) => {
    const root = documents.profile;
    if (!isRecord(root) || !Object.hasOwn(root, outerKey)) return general(documents, tally);
    const parent = root[outerKey];
    if (!isRecord(parent)) return general(documents, tally);
    const found = Object.hasOwn(parent, innerKey) ? test(parent[innerKey]) : NOTHING;
    if (found === MISMATCH) tally.mismatches += 1;
    return (found === PASSED) !== negated;
  };
}
