import type { Condition, Source, TestNode } from './ast.ts';
import type { CompiledCondition, EvaluationOptions } from './documents.ts';
import { closureOf, compileLeaf, type Leaf } from './leaves.ts';
import { isNegated, isTest } from './test-nodes.ts';
import { MISMATCH, PASSED, type Test } from './verdict.ts';

/**
 * The one function that a condition becomes. It is made of source text because closures share the inline caches
 * of the code they come from: a hundred tests made by one function all read their paths the slowest way, while a
 * function with its own text is optimised like one written by hand. The text is structure only. Of a definition
 * it holds nothing but keys as JSON text; constants and closures are bound by name.
 */
export class Program {
  readonly #options: EvaluationOptions;
  readonly #bound: unknown[] = [];
  readonly #functions: string[] = [];

  constructor(options: EvaluationOptions) {
    this.#options = options;
  }

  run(expression: string): CompiledCondition {
    const names = this.#bound.map((_, index) => `bound${index}`);
    const body = `'use strict'; ${this.#functions.join(' ')} return (documents, tally) => ${expression};`;
    // oxlint-disable-next-line typescript/no-implied-eval -- the text holds nothing of a definition but keys as JSON
    const create = new Function('plain', 'prototypeOf', ...names, body);
    return create(Object.prototype, Object.getPrototypeOf, ...this.#bound);
  }

  expressionOf(condition: Condition): string {
    if (isTest(condition)) return this.#test(condition);
    switch (condition.kind) {
      case 'and':
        return `(${condition.terms.map((term) => this.expressionOf(term)).join(' && ')})`;
      case 'or':
        return `(${condition.terms.map((term) => this.expressionOf(term)).join(' || ')})`;
      case 'not':
        return `!${this.expressionOf(condition.term)}`;
    }
  }

  #test(test: TestNode): string {
    const leaf = compileLeaf(test, this.#options);
    const general = this.#bind(closureOf(leaf));
    const keys = plainKeys(leaf);
    const name =
      leaf.kind === 'field' && keys !== null
        ? this.#reader(leaf.field.source, keys, leaf.test, general)
        : general;
    return `${isNegated(test) ? '!' : ''}${name}(documents, tally)`;
  }

  /**
   * A test whose path meets plain objects only; whatever else it meets is the general closure's. The prototype is
   * looked at after the key, when the engine knows the object's shape and so knows the answer.
   */
  #reader(source: Source, keys: readonly string[], test: Test, general: string): string {
    const steps = keys.map((key, depth) => {
      const text = JSON.stringify(key);
      return `if (typeof value${depth} !== 'object' || value${depth} === null) return ${general}(documents, tally);
        const value${depth + 1} = value${depth}[${text}];
        if (prototypeOf(value${depth}) !== plain || plain[${text}] !== undefined) return ${general}(documents, tally);`;
    });
    const name = `test${this.#functions.length}`;
    this.#functions.push(`const ${name} = (documents, tally) => {
      const value0 = documents.${source};
      ${steps.join(' ')}
      const found = ${this.#bind(test)}(value${keys.length});
      if (found === ${MISMATCH}) tally.mismatches += 1;
      return found === ${PASSED};
    };`);
    return name;
  }

  #bind(value: unknown): string {
    return `bound${this.#bound.push(value) - 1}`;
  }
}

/** The keys of a path that only enters objects, none of them a key that every object inherits. */
function plainKeys(leaf: Leaf): readonly string[] | null {
  if (leaf.kind !== 'field') return null;
  const keys = leaf.field.path.flatMap((step) =>
    step.kind === 'key' && !(step.key in Object.prototype) ? [step.key] : [],
  );
  return keys.length === leaf.field.path.length ? keys : null;
}
