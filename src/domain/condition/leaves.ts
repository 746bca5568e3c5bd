import type { ComparisonOperator, Field, Operand, TestNode } from './ast.ts';
import { compareLeaves, mirrored, type PositiveOperator } from './comparisons.ts';
import { betweenTest, constantTest, membershipTest } from './constant-tests.ts';
import type { CompiledCondition, Documents, EvaluationOptions } from './documents.ts';
import { exists, isEmpty, isNullValue, isPresent } from './presence.ts';
import { readField } from './read-field.ts';
import {
  compileOperand,
  leafOf,
  type CompiledOperand,
  type DynamicOperand,
  type SingleOperand,
} from './operands.ts';
import { converted, textTest, type TextOperand, type TextTest } from './text-tests.ts';
import { Instant, leavesOf, UNREADABLE, type Constant } from './values.ts';
import {
  MISMATCH,
  NOTHING,
  PASSED,
  stronger,
  strongest,
  verdict,
  weaker,
  type Test,
  type Verdict,
} from './verdict.ts';

/** A positive test: of one field against constants, or of anything else. */
export type Leaf =
  | { readonly kind: 'field'; readonly field: Field; readonly test: Test }
  | { readonly kind: 'judge'; readonly judge: Judge };

export type Judge = (documents: Documents) => Verdict;

/** Compiles the positive test of a node; negation is the caller's. */
export function compileLeaf(node: TestNode, options: EvaluationOptions): Leaf {
  const compiled = (operand: Operand): CompiledOperand => compileOperand(operand, options);
  switch (node.kind) {
    case 'compare':
      return comparison(positive(node.op), compiled(node.left), compiled(node.right));
    case 'in':
      return comparison('==', compiled(node.left), compiled(node.right));
    case 'between':
      return between(compiled(node.operand), compiled(node.low), compiled(node.high));
    case 'contains':
    case 'starts-with':
    case 'ends-with':
      return text(node.kind, compiled(node.left), compiled(node.right));
    case 'null':
      return whole(compiled(node.operand), node.negated ? isPresent : isNullValue);
    case 'exists':
      return whole(compiled(node.operand), exists);
    case 'empty':
      return whole(compiled(node.operand), isEmpty);
  }
}

function positive(op: ComparisonOperator): PositiveOperator {
  return op === '!=' ? '==' : op;
}

function single(operand: CompiledOperand): SingleOperand {
  if (operand.kind !== 'list') return operand;
  throw new Error('a list where the grammar has a single value');
}

function judged(judge: Judge): Leaf {
  return { kind: 'judge', judge };
}

function always(found: Verdict): Leaf {
  return judged(() => found);
}

function comparison(op: PositiveOperator, left: CompiledOperand, right: CompiledOperand): Leaf {
  const subject = single(left);
  if (right.kind !== 'list') return singleComparison(op, subject, right);
  const constants = right.items.flatMap((item) => (item.kind === 'constant' ? [item.value] : []));
  const plain =
    constants.length === right.items.length && !constants.some((value) => value instanceof Instant);
  if (plain && subject.kind === 'dynamic' && !subject.instants)
    return fieldLeaf(subject, membershipTest(new Set(constants)));
  return anyOf(right.items.map((item) => singleComparison(op, subject, item)));
}

function singleComparison(op: PositiveOperator, left: SingleOperand, right: SingleOperand): Leaf {
  if (left.kind === 'constant' && right.kind === 'constant')
    return always(ofConstant(op, left.value, right.value));
  if (right.kind === 'constant')
    return left.kind === 'dynamic' ? againstConstant(op, left, right.value) : always(NOTHING);
  if (left.kind === 'constant') return againstConstant(mirrored(op), right, left.value);
  return pairs(op, left, right);
}

function ofConstant(op: PositiveOperator, left: Constant, right: Constant): Verdict {
  return constantTest(op, right, left instanceof Instant)(left);
}

function againstConstant(op: PositiveOperator, operand: DynamicOperand, constant: Constant): Leaf {
  return fieldLeaf(operand, constantTest(op, constant, operand.instants));
}

function fieldLeaf({ field, convert }: DynamicOperand, test: Test): Leaf {
  return { kind: 'field', field, test: converted(test, convert) };
}

/** Two fields: some pair of their values passes. */
function pairs(op: PositiveOperator, left: DynamicOperand, right: DynamicOperand): Leaf {
  const [readLeft, readRight] = [readLeaves(left), readLeaves(right)];
  return judged((documents) => {
    const others = readRight(documents);
    return strongest(readLeft(documents), (a) => strongest(others, (b) => compareLeaves(op, a, b)));
  });
}

function readLeaves(operand: SingleOperand): (documents: Documents) => readonly unknown[] {
  if (operand.kind === 'constant') return () => [operand.value];
  const read = readField(operand.field);
  return (documents) => leavesOf(read(documents)).map((leaf) => leafOf(operand, leaf));
}

/** A test of a whole value. A function is missing, null or empty where its field is. */
function whole(operand: CompiledOperand, holds: (value: unknown) => boolean): Leaf {
  const subject = single(operand);
  if (subject.kind === 'constant') return always(verdict(holds(subject.value)));
  return {
    kind: 'field',
    field: subject.field,
    test: (value) => verdict(holds(typeof value === 'function' ? undefined : value)),
  };
}

function between(operand: CompiledOperand, low: CompiledOperand, high: CompiledOperand): Leaf {
  const [subject, from, to] = [single(operand), single(low), single(high)];
  if (from.kind === 'constant' && to.kind === 'constant') {
    if (subject.kind === 'dynamic')
      return fieldLeaf(subject, betweenTest(from.value, to.value, subject.instants));
    return always(betweenTest(from.value, to.value, subject.value instanceof Instant)(subject.value));
  }
  const [read, readLow, readHigh] = [readLeaves(subject), readLeaves(from), readLeaves(to)];
  return judged((documents) => {
    const [lows, highs] = [readLow(documents), readHigh(documents)];
    return strongest(read(documents), (value) =>
      weaker(
        strongest(lows, (end) => compareLeaves('>=', value, end)),
        strongest(highs, (end) => compareLeaves('<=', value, end)),
      ),
    );
  });
}

function text(kind: TextTest, left: CompiledOperand, right: CompiledOperand): Leaf {
  const subject = single(left);
  const items = right.kind === 'list' ? right.items : [right];
  return anyOf(items.map((item) => singleText(kind, subject, item)));
}

function singleText(kind: TextTest, left: SingleOperand, right: SingleOperand): Leaf {
  const subject: TextOperand =
    left.kind === 'dynamic' ? left : { convert: null, instants: left.value instanceof Instant };
  if (right.kind === 'constant') {
    const test = textTest(kind, right.value, subject);
    return left.kind === 'dynamic' ? { kind: 'field', field: left.field, test } : always(test(left.value));
  }
  const read = left.kind === 'dynamic' ? readField(left.field) : () => left.value;
  const readParts = readLeaves(right);
  return judged((documents) => {
    const value = read(documents);
    return strongest(readParts(documents), (part) => partTest(kind, part, subject)(value));
  });
}

/** A test whose right side a document yields, so that it is made for each. */
function partTest(kind: TextTest, part: unknown, operand: TextOperand): Test {
  if (part === undefined || part === null) return () => NOTHING;
  return textTest(kind, typeof part === 'string' || part instanceof Instant ? part : UNREADABLE, operand);
}

/** Any of several tests passes. */
function anyOf(leaves: readonly Leaf[]): Leaf {
  const [only, ...more] = leaves;
  if (only !== undefined && more.length === 0) return only;
  const judges = leaves.map(toJudge);
  return judged((documents) => {
    let found: Verdict = NOTHING;
    for (const one of judges) found = stronger(found, one(documents));
    return found;
  });
}

function toJudge(leaf: Leaf): Judge {
  if (leaf.kind === 'judge') return leaf.judge;
  const read = readField(leaf.field);
  return (documents) => leaf.test(read(documents));
}

/** A leaf on its own: true where its positive test passes. */
export function closureOf(leaf: Leaf): CompiledCondition {
  const judge = toJudge(leaf);
  return (documents, tally) => {
    const found = judge(documents);
    if (found === MISMATCH) tally.mismatches += 1;
    return found === PASSED;
  };
}
