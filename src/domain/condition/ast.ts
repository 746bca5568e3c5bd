/** Where a node starts in the text of its definition; line and column count from 1, offset from 0. */
export interface Position {
  readonly line: number;
  readonly column: number;
  readonly offset: number;
}

/** The documents a condition may read. A segment over profiles reads `profile`, a workflow also `payload`. */
export type Source = 'profile' | 'payload' | 'event' | 'session' | 'flow' | 'memory';

/** One step of a path: `.key` and `["any key"]` are keys, `.0` is an index. */
export type PathStep =
  { readonly kind: 'key'; readonly key: string } | { readonly kind: 'index'; readonly index: number };

export interface Field {
  readonly kind: 'field';
  readonly source: Source;
  readonly path: readonly PathStep[];
  /** As written, for messages and explanations. */
  readonly text: string;
  readonly at: Position;
}

export interface Literal {
  readonly kind: 'literal';
  readonly value: null | boolean | number | string;
  readonly at: Position;
}

export interface ListLiteral {
  readonly kind: 'list';
  readonly items: readonly Operand[];
  readonly at: Position;
}

export type FunctionName =
  | 'now'
  | 'now.offset'
  | 'now.timezone.offset'
  | 'utcnow'
  | 'datetime'
  | 'datetime.offset'
  | 'datetime.timezone'
  | 'datetime.from_timestamp'
  | 'lowercase'
  | 'uppercase';

export interface Call {
  readonly kind: 'call';
  readonly name: FunctionName;
  readonly args: readonly Operand[];
  readonly at: Position;
}

export type Operand = Field | Literal | ListLiteral | Call;

export type ComparisonOperator = '==' | '!=' | '<' | '<=' | '>' | '>=';

/**
 * A parsed condition. `negated` on a test is NOT of the positive one, except on `null`, where
 * `IS NOT NULL` means "there and not null".
 */
export type Condition =
  | { readonly kind: 'and'; readonly terms: readonly Condition[] }
  | { readonly kind: 'or'; readonly terms: readonly Condition[] }
  | { readonly kind: 'not'; readonly term: Condition }
  | {
      readonly kind: 'compare';
      readonly op: ComparisonOperator;
      readonly left: Operand;
      readonly right: Operand;
      readonly at: Position;
    }
  | {
      readonly kind: 'between';
      readonly operand: Operand;
      readonly low: Operand;
      readonly high: Operand;
      readonly at: Position;
    }
  | { readonly kind: 'null'; readonly operand: Operand; readonly negated: boolean; readonly at: Position }
  | { readonly kind: 'exists'; readonly operand: Operand; readonly negated: boolean; readonly at: Position }
  | { readonly kind: 'empty'; readonly operand: Operand; readonly negated: boolean; readonly at: Position }
  | {
      readonly kind: 'contains' | 'starts-with' | 'ends-with' | 'in';
      readonly left: Operand;
      readonly right: Operand;
      readonly negated: boolean;
      readonly at: Position;
    };

/** A condition that is neither AND, OR nor NOT. */
export type TestNode = Exclude<Condition, { readonly kind: 'and' | 'or' | 'not' }>;
