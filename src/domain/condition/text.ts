import type { Position } from './ast.ts';
import { ConditionError, spanIn } from './condition-error.ts';

const ESCAPES: ReadonlyMap<string, string> = new Map([
  ['"', '"'],
  ["'", "'"],
  ['\\', '\\'],
  ['n', '\n'],
  ['t', '\t'],
]);

/** The text that a quoted literal stands for; `quoted` keeps its quotes and starts at `at`. */
export function decodeText(quoted: string, at: Position): string {
  const body = quoted.slice(1, -1);
  if (!body.includes('\\')) return wellFormed(body, quoted, at);
  let decoded = '';
  let index = 0;
  while (index < body.length) {
    const next = body.indexOf('\\', index);
    if (next === -1) return wellFormed(decoded + body.slice(index), quoted, at);
    const escape = readEscape(body, next);
    if (escape === null) throw badEscape(quoted, next + 1, at);
    decoded += body.slice(index, next) + escape.text;
    index = next + escape.length;
  }
  return wellFormed(decoded, quoted, at);
}

function readEscape(body: string, index: number): { readonly text: string; readonly length: number } | null {
  const character = body[index + 1] ?? '';
  const known = ESCAPES.get(character);
  if (known !== undefined) return { text: known, length: 2 };
  const digits = /^[0-9a-f]{4}$/i.exec(body.slice(index + 2, index + 6));
  if (character !== 'u' || digits === null) return null;
  return { text: String.fromCharCode(Number.parseInt(digits[0], 16)), length: 6 };
}

function badEscape(quoted: string, index: number, at: Position): ConditionError {
  return new ConditionError(
    `found the escape ${quoted.slice(index, index + 2)}, expected one of \\" \\' \\\\ \\n \\t \\uXXXX`,
    spanIn(at, quoted, index, 2),
  );
}

/** Half of a surrogate pair is no character: no store could keep it. */
function wellFormed(text: string, quoted: string, at: Position): string {
  if (!/\p{Surrogate}/u.test(text)) return text;
  throw new ConditionError('found half of a surrogate pair, expected both as \\uD83D\\uDE00', {
    ...at,
    length: quoted.length,
  });
}
