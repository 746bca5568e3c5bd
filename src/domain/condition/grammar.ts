import { EmbeddedActionsParser, type IToken } from 'chevrotain';
import type { Condition, Position, Source } from './ast.ts';
import {
  joined,
  spanOf,
  toBetween,
  toComparison,
  toList,
  toLiteral,
  toMembership,
  toTextTest,
  toWholeTest,
} from './build.ts';
import { toCall, type Written } from './calls.ts';
import { ConditionError } from './condition-error.ts';
import { MAX_TESTS } from './limits.ts';
import { messages } from './messages.ts';
import { toField } from './path.ts';
import * as t from './tokens.ts';

/** The grammar of CONDITIONS, one rule a production; what a production means is built by the functions below. */
class Grammar extends EmbeddedActionsParser {
  #sources: readonly Source[] = [];
  #tests = 0;

  readonly condition = this.RULE('condition', (): Condition => {
    const terms = [this.SUBRULE(this.conjunction)];
    this.MANY(() => {
      this.CONSUME(t.Or);
      terms.push(this.SUBRULE2(this.conjunction));
    });
    return this.ACTION(() => joined('or', terms));
  });

  readonly conjunction = this.RULE('conjunction', (): Condition => {
    const terms = [this.SUBRULE(this.negation)];
    this.MANY(() => {
      this.CONSUME(t.And);
      terms.push(this.SUBRULE2(this.negation));
    });
    return this.ACTION(() => joined('and', terms));
  });

  readonly negation = this.RULE('negation', (): Condition => {
    const not = this.OPTION(() => this.CONSUME(t.Not));
    const term = this.SUBRULE(this.primary);
    return not === undefined ? term : { kind: 'not', term };
  });

  readonly primary = this.RULE('primary', (): Condition =>
    this.OR([
      {
        ALT: () => {
          this.CONSUME(t.LeftParen);
          const inner = this.SUBRULE(this.condition);
          this.CONSUME(t.RightParen);
          return inner;
        },
      },
      { GATE: () => this.#noBareWord(), ALT: () => this.SUBRULE(this.test) },
    ]),
  );

  readonly test = this.RULE('test', (): Condition => {
    this.ACTION(() => this.#countTest());
    const left = this.OR1([{ ALT: () => this.SUBRULE(this.field) }, { ALT: () => this.SUBRULE(this.call) }]);
    return this.OR2([
      { ALT: () => this.SUBRULE(this.comparison, { ARGS: [left] }) },
      { ALT: () => this.SUBRULE(this.between, { ARGS: [left] }) },
      { ALT: () => this.SUBRULE(this.nullTest, { ARGS: [left] }) },
      { ALT: () => this.SUBRULE(this.negatable, { ARGS: [left] }) },
    ]);
  });

  readonly comparison = this.RULE('comparison', (left: Written): Condition => {
    const token = this.CONSUME(t.Comparison);
    const right = this.SUBRULE(this.operand);
    return this.ACTION(() => toComparison(token, left, right));
  });

  readonly between = this.RULE('between', (left: Written): Condition => {
    this.CONSUME(t.Between);
    const low = this.SUBRULE1(this.value);
    this.CONSUME(t.And);
    const high = this.SUBRULE2(this.value);
    return this.ACTION(() => toBetween(left, low, high));
  });

  readonly nullTest = this.RULE('nullTest', (left: Written): Condition => {
    this.CONSUME(t.Is);
    const not = this.OPTION(() => this.CONSUME(t.Not));
    this.CONSUME(t.Null);
    return this.ACTION(() => toWholeTest('null', left, not));
  });

  readonly negatable = this.RULE('negatable', (left: Written): Condition => {
    const not = this.OPTION(() => this.CONSUME(t.Not));
    return this.OR([
      { ALT: () => this.SUBRULE(this.presence, { ARGS: [left, not] }) },
      { ALT: () => this.SUBRULE(this.textTest, { ARGS: [left, not] }) },
      { ALT: () => this.SUBRULE(this.membership, { ARGS: [left, not] }) },
    ]);
  });

  readonly presence = this.RULE('presence', (left: Written, not: IToken | undefined): Condition => {
    const token = this.OR([{ ALT: () => this.CONSUME(t.Exists) }, { ALT: () => this.CONSUME(t.Empty) }]);
    return this.ACTION(() => toWholeTest(token.tokenType === t.Exists ? 'exists' : 'empty', left, not));
  });

  readonly textTest = this.RULE('textTest', (left: Written, not: IToken | undefined): Condition => {
    const token = this.OR([{ ALT: () => this.CONSUME(t.Contains) }, { ALT: () => this.SUBRULE(this.edge) }]);
    const right = this.SUBRULE(this.value);
    return this.ACTION(() => toTextTest(token, left, right, not));
  });

  readonly edge = this.RULE('edge', (): IToken => {
    const token = this.OR([{ ALT: () => this.CONSUME(t.Starts) }, { ALT: () => this.CONSUME(t.Ends) }]);
    this.CONSUME(t.With);
    return token;
  });

  readonly membership = this.RULE('membership', (left: Written, not: IToken | undefined): Condition => {
    this.CONSUME(t.In);
    const right = this.SUBRULE(this.list);
    return this.ACTION(() => toMembership(left, right, not));
  });

  readonly operand = this.RULE('operand', (): Written =>
    this.OR([
      { ALT: () => this.SUBRULE(this.field) },
      { GATE: () => this.#noBareWord(), ALT: () => this.SUBRULE(this.value) },
    ]),
  );

  readonly value = this.RULE('value', (): Written =>
    this.OR([
      { ALT: () => this.SUBRULE(this.literal) },
      { ALT: () => this.SUBRULE(this.list) },
      { GATE: () => this.#noBareWord(), ALT: () => this.SUBRULE(this.call) },
    ]),
  );

  readonly literal = this.RULE('literal', (): Written => {
    const token = this.OR([
      { ALT: () => this.CONSUME(t.Null) },
      { ALT: () => this.CONSUME(t.True) },
      { ALT: () => this.CONSUME(t.False) },
      { ALT: () => this.CONSUME(t.NumberToken) },
      { ALT: () => this.CONSUME(t.StringToken) },
    ]);
    return this.ACTION(() => toLiteral(token));
  });

  readonly list = this.RULE('list', (): Written => {
    const values: Written[] = [];
    const open = this.CONSUME(t.LeftBracket);
    this.MANY_SEP({ SEP: t.Comma, DEF: () => values.push(this.SUBRULE(this.value)) });
    const close = this.CONSUME(t.RightBracket);
    return this.ACTION(() => toList(values, spanOf(open, close)));
  });

  readonly field = this.RULE('field', (): Written => {
    const token = this.CONSUME(t.FieldToken);
    return this.ACTION(() => ({ operand: toField(token, this.#sources), span: spanOf(token, token) }));
  });

  readonly call = this.RULE('call', (): Written => {
    const args: Written[] = [];
    const name = this.CONSUME(t.Word);
    this.CONSUME(t.LeftParen);
    this.MANY_SEP({ SEP: t.Comma, DEF: () => args.push(this.SUBRULE(this.operand)) });
    const close = this.CONSUME(t.RightParen);
    return this.ACTION(() => ({
      operand: toCall(name.image, t.positionOf(name), args),
      span: spanOf(name, close),
    }));
  });

  constructor() {
    super(t.TOKENS, { errorMessageProvider: messages });
    this.performSelfAnalysis();
  }

  read(tokens: IToken[], sources: readonly Source[], end: Position): Condition {
    this.#sources = sources;
    this.#tests = 0;
    this.input = tokens;
    const condition = this.condition();
    const [error] = this.errors;
    if (error === undefined) return condition;
    const span = Number.isNaN(error.token.startOffset)
      ? { ...end, length: 0 }
      : spanOf(error.token, error.token);
    throw new ConditionError(error.message, span);
  }

  /** A word is a function only when it is called; any other is refused where it stands. */
  #noBareWord(): boolean {
    return this.LA(1).tokenType !== t.Word || this.LA(2).tokenType === t.LeftParen;
  }

  #countTest(): void {
    this.#tests += 1;
    if (this.#tests <= MAX_TESTS) return;
    const token = this.LA(1);
    throw new ConditionError(
      `the condition has more tests than the limit of ${MAX_TESTS}`,
      spanOf(token, token),
    );
  }
}

const grammar = new Grammar();

/** Builds the condition that the tokens say; `end` is where the text ends. */
export function readTokens(tokens: IToken[], sources: readonly Source[], end: Position): Condition {
  return grammar.read(tokens, sources, end);
}
