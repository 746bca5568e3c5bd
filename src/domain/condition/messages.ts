import { EOF, tokenLabel, type IParserErrorMessageProvider, type IToken, type TokenType } from 'chevrotain';
import { Comma, FieldToken, Is, Not, RightBracket, RightParen, Word } from './tokens.ts';
import { FUNCTIONS, nearest, OPERATORS } from './vocabulary.ts';

const JOINTS = ['AND', 'OR'];
const LONGEST_SHOWN = 40;
const END = 'the end of the condition';
const CALLS = FUNCTIONS.map((name) => `${name}()`);

/** What the parser says of the token at which it stopped. */
export const messages: IParserErrorMessageProvider = {
  buildNoViableAltMessage({ expectedPathsPerAlt, actual, previous, ruleName }) {
    const types = expectedPathsPerAlt.flat().flatMap(([type]) => (type === undefined ? [] : [type]));
    return unexpected(actual[0], labels(types), previous, ruleName);
  },
  buildMismatchTokenMessage({ expected, actual, previous, ruleName }) {
    return unexpected(
      actual,
      [...labels([expected]), ...alsoBefore(expected, ruleName, previous)],
      previous,
      ruleName,
    );
  },
  buildNotAllInputParsedMessage({ firstRedundant, ruleName }) {
    if (firstRedundant.tokenType === RightParen) return 'found ), which closes no (';
    return unexpected(firstRedundant, [...JOINTS, END], undefined, ruleName);
  },
  buildEarlyExitMessage({ actual, previous, ruleName }) {
    return unexpected(actual[0], [], previous, ruleName);
  },
};

function labels(types: readonly TokenType[]): readonly string[] {
  return [...new Set(types.map((type) => tokenLabel(type)))];
}

/** What could also stand there: the content of a bracket could go on, and so on. */
function alsoBefore(expected: TokenType, rule: string, previous: IToken | undefined): readonly string[] {
  if (rule === 'primary' && expected === RightParen) return JOINTS;
  if (rule === 'nullTest' && previous?.tokenType === Is) return [tokenLabel(Not)];
  return expected === RightBracket || expected === RightParen ? [tokenLabel(Comma)] : [];
}

function unexpected(
  actual: IToken | undefined,
  expected: readonly string[],
  previous: IToken | undefined,
  rule: string,
): string {
  if (actual === undefined || actual.tokenType === EOF) return `found ${END}, expected ${either(expected)}`;
  return `found ${clipped(actual.image)}, expected ${either(expected)}${hint(actual, expected, previous, rule)}`;
}

function clipped(image: string): string {
  return image.length > LONGEST_SHOWN ? `${image.slice(0, LONGEST_SHOWN)}…` : image;
}

function either(names: readonly string[]): string {
  return names.length < 2 ? names.join('') : `${names.slice(0, -1).join(', ')} or ${names.at(-1)}`;
}

function hint(
  actual: IToken,
  expected: readonly string[],
  previous: IToken | undefined,
  rule: string,
): string {
  const name = nearest(actual.image, knownNames(rule, expected));
  if (name !== null) return `; did you mean ${name}?`;
  if (/^[\u2018-\u201f]/.test(actual.image)) return '; text stands in straight quotes: "text"';
  if (previous?.tokenType === FieldToken && (previous.endOffset ?? 0) + 1 === actual.startOffset) {
    return '; a key with other characters is written ["any key"]';
  }
  if (actual.tokenType !== Word) return '';
  if (rule === 'primary') return `; did you mean profile@${clipped(actual.image)}?`;
  return rule === 'operand' || rule === 'value' ? `; text stands in quotes: "${clipped(actual.image)}"` : '';
}

/** The names that someone who came this far in the text may have meant. */
function knownNames(rule: string, expected: readonly string[]): readonly string[] {
  switch (rule) {
    case 'test':
      return [...OPERATORS, '==', '!='];
    case 'primary':
      return ['NOT', ...CALLS];
    case 'operand':
    case 'value':
      return [...CALLS, 'TRUE', 'FALSE', 'NULL'];
    default:
      return expected.filter((label) => /^[A-Z]+$/.test(label));
  }
}
