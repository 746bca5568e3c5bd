import type { IToken } from 'chevrotain';
import type { Field, PathStep, Source } from './ast.ts';
import { ConditionError, spanIn } from './condition-error.ts';
import { MAX_PATH_STEPS } from './limits.ts';
import { decodeText } from './text.ts';
import { positionOf } from './tokens.ts';
import { SOURCES, suggestion } from './vocabulary.ts';

const KEY = /[\p{L}\p{M}\p{N}_-]+/uy;
const QUOTED_KEY = /\[\s*("(?:[^"\\]|\\[^])*"|'(?:[^'\\]|\\[^])*')\s*\]/y;
const INDEX = /^(?:0|[1-9]\d{0,14})$/;

/** Splits a field token into its source and steps. */
export function toField(token: IToken, available: readonly Source[]): Field {
  const text = token.image;
  const path = text.indexOf('@') + 1;
  const source = toSource(text.slice(0, path - 1), token, available);
  return { kind: 'field', source, path: toSteps(token, path), text, at: positionOf(token) };
}

function toSource(written: string, token: IToken, available: readonly Source[]): Source {
  const name = written.toLowerCase();
  const source = available.find((candidate) => candidate === name);
  if (source !== undefined) return source;
  const known = SOURCES.some((candidate) => candidate === name);
  const choices = available.map((candidate) => `${candidate}@`);
  throw new ConditionError(
    known
      ? `${written}@ is not available here (available: ${choices.join(', ')})`
      : `unknown source ${written}@ (available: ${choices.join(', ')})${suggestion(`${written}@`, choices)}`,
    { ...positionOf(token), length: written.length + 1 },
  );
}

function toSteps(token: IToken, start: number): readonly PathStep[] {
  const text = token.image;
  const steps: PathStep[] = [];
  let index = start;
  do {
    const next = readStep(token, index, index === start);
    if (next === null) throw badStep(token, index);
    steps.push(next.step);
    index = next.end;
  } while (index < text.length);
  if (steps.length > MAX_PATH_STEPS) {
    throw new ConditionError(`the path has ${steps.length} steps, more than the limit of ${MAX_PATH_STEPS}`, {
      ...positionOf(token),
      length: text.length,
    });
  }
  return steps;
}

interface ReadStep {
  readonly step: PathStep;
  readonly end: number;
}

function readStep(token: IToken, index: number, first: boolean): ReadStep | null {
  const text = token.image;
  if (text[index] === '[') {
    QUOTED_KEY.lastIndex = index;
    const quoted = QUOTED_KEY.exec(text);
    if (quoted?.[1] === undefined) return null;
    const key = decodeText(
      quoted[1],
      spanIn(positionOf(token), text, index + quoted[0].indexOf(quoted[1]), 0),
    );
    return { step: { kind: 'key', key }, end: index + quoted[0].length };
  }
  const start = first ? index : index + 1;
  if (!first && text[index] !== '.') return null;
  KEY.lastIndex = start;
  const key = KEY.exec(text)?.[0];
  if (key === undefined) return null;
  return {
    step: INDEX.test(key) ? { kind: 'index', index: Number(key) } : { kind: 'key', key },
    end: start + key.length,
  };
}

function badStep(token: IToken, index: number): ConditionError {
  const text = token.image;
  const bracket = /\[\s*([^\]]*?)\s*\]/y;
  bracket.lastIndex = index;
  const inner = bracket.exec(text);
  if (inner?.[1] !== undefined) {
    const meant = /^\d+$/.test(inner[1])
      ? `.${inner[1]} for an element of a list`
      : `["${inner[1]}"] for a key`;
    return new ConditionError(
      `found ${inner[0]}, expected ${meant}`,
      spanIn(positionOf(token), text, index, inner[0].length),
    );
  }
  const at = text[index] === '.' ? index + 1 : index;
  const found = at < text.length ? `"${text[at]}"` : 'nothing';
  return new ConditionError(
    `found ${found} after "${text.slice(0, at)}", expected a key: letters, digits, _ or -, others as ["any key"]`,
    spanIn(positionOf(token), text, Math.min(at, text.length - 1), 1),
  );
}
