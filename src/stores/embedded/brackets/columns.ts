import type { Sql } from './sql.ts';

/** Expressions by the column that computes them. */
export class Columns {
  readonly #names = new Map<Sql, string>();
  readonly #prefix: string;

  constructor(prefix: string) {
    this.#prefix = prefix;
  }

  name(expression: Sql): string {
    const known = this.#names.get(expression) ?? `${this.#prefix}${this.#names.size}`;
    this.#names.set(expression, known);
    return known;
  }

  names(): readonly string[] {
    return [...this.#names.values()];
  }

  expressions(): readonly Sql[] {
    return [...this.#names.keys()];
  }

  definitions(): readonly string[] {
    return [...this.#names].map(([expression, name]) => `${expression} AS ${name}`);
  }
}
