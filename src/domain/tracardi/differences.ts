import type { Condition, Operand } from '../condition/ast.ts';
import { parseCondition } from '../condition/parse.ts';

const QUOTED = /"(?:[^"\\]|\\[^])*"|'(?:[^'\\]|\\[^])*'/g;

/**
 * What a condition means here and did not mean in Tracardi, where it is one of the differences made on purpose.
 * The condition is one that parses.
 */
export function differencesOf(text: string): readonly string[] {
  const condition = parseCondition(text, { sources: ['profile', 'payload'] });
  const found = new Set(differences(condition));
  if (mixes(condition) && !/(?:^|[^\w.])\(/.test(text.replace(QUOTED, '""')))
    found.add('AND and OR are mixed without parentheses, which Tracardi refuses; here AND binds tighter');
  if ([...text.matchAll(QUOTED)].some(([quoted]) => quoted.includes('\\')))
    found.add('a backslash in a text is an escape here, and a character in Tracardi');
  return [...found];
}

function mixes(condition: Condition): boolean {
  switch (condition.kind) {
    case 'and':
    case 'or':
      return condition.terms.some(
        (term) =>
          mixes(term) || ((term.kind === 'and' || term.kind === 'or') && term.kind !== condition.kind),
      );
    case 'not':
      return mixes(condition.term);
    case 'compare':
    case 'between':
    case 'null':
    case 'exists':
    case 'empty':
    case 'contains':
    case 'starts-with':
    case 'ends-with':
    case 'in':
      return false;
  }
}

function differences(condition: Condition): readonly string[] {
  switch (condition.kind) {
    case 'and':
    case 'or':
      return condition.terms.flatMap(differences);
    case 'not':
      return differences(condition.term);
    case 'compare':
      return [
        ...operandDifferences([condition.left, condition.right]),
        ...compareDifferences(condition.op, condition.left, condition.right),
      ];
    case 'between':
      return operandDifferences([condition.operand, condition.low, condition.high]);
    case 'contains':
    case 'starts-with':
    case 'ends-with':
    case 'in':
      return operandDifferences([condition.left, condition.right]);
    case 'null':
    case 'exists':
    case 'empty':
      return operandDifferences([condition.operand]);
  }
}

const DATES = ['datetime', 'datetime.offset', 'datetime.timezone', 'datetime.from_timestamp'];

function operandDifferences(operands: readonly Operand[]): readonly string[] {
  return operands.flatMap((operand) => {
    if (operand.kind !== 'call') return [];
    const nested = operandDifferences(operand.args);
    return DATES.includes(operand.name)
      ? [...nested, 'a date without a zone is read as UTC, and only ISO 8601 is a date']
      : operand.name.startsWith('now') || operand.name === 'utcnow'
        ? [...nested, 'now is the slot of the run, in UTC; in Tracardi the clock of the server']
        : nested;
  });
}

function compareDifferences(op: string, left: Operand, right: Operand): readonly string[] {
  const found: string[] = [];
  if (left.kind === 'field' && right.kind === 'field')
    found.push(`${left.text} and ${right.text} are compared by what they hold`);
  const literal = right.kind === 'literal' ? right.value : undefined;
  if (typeof literal === 'boolean') found.push('TRUE and FALSE equal no number: 1 is not TRUE here');
  if (left.kind === 'field' && /^profile@segments$/i.test(left.text) && (op === '==' || op === '!='))
    found.push(`${left.text} ${op} asks for any element of the list here; in Tracardi a list equals no text`);
  return found;
}
