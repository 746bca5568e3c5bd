import { isCollection, isScalar, parseDocument, visit, type Document, type YAMLError } from 'yaml';
import { kindOfValue } from './value-messages.ts';

/** UTF-16 units: a workflow of several conditions at their limit fits, and what is longer is there by mistake. */
export const MAX_DEFINITION_LENGTH = 262_144;

/** One definition repeats little; beyond this, aliases of aliases could unfold to fill the memory. */
const MAX_ALIASES = 100;

/** What keeps a file from being read, and where. */
export interface Unreadable {
  readonly kind: 'unreadable';
  readonly offset: number;
  readonly reason: string;
}

export type DefinitionYaml =
  { readonly kind: 'mapping'; readonly document: Document.Parsed; readonly value: object } | Unreadable;

/**
 * The one mapping that a definition file holds, else the first thing that keeps it from being read: what
 * follows a mistake of syntax is mostly a consequence of it.
 */
export function readDefinitionYaml(content: string): DefinitionYaml {
  const refused = textProblem(content);
  if (refused !== null) return refused;
  const document = parseDocument(content, { stringKeys: true, resolveKnownTags: false });
  const [error] = [...document.errors, ...document.warnings];
  if (error !== undefined) return syntaxProblem(error, document, content);
  return aliasProblem(document) ?? toMapping(document);
}

function unreadable(offset: number, reason: string): Unreadable {
  return { kind: 'unreadable', offset, reason };
}

function textProblem(content: string): Unreadable | null {
  if (content.length > MAX_DEFINITION_LENGTH) {
    const limit = MAX_DEFINITION_LENGTH.toLocaleString('en');
    return unreadable(0, `the file is longer than ${limit} characters, which no definition is`);
  }
  // A decoder puts U+FFFD where bytes are no UTF-8; UTF-16 and binary files have zeros.
  const strange = content.search(/[\0\uFFFD]/);
  return strange < 0 ? null : unreadable(strange, 'the file is not text in UTF-8');
}

const SYNTAX: Partial<Record<YAMLError['code'], string>> = {
  MULTIPLE_DOCS: 'a second document starts here (---), but a file holds one definition',
  NON_STRING_KEY: 'a key must be plain text',
  TAB_AS_INDENT: 'found a tab at the start of a line; YAML indents with spaces',
  BLOCK_AS_IMPLICIT_KEY:
    'found a key inside a value; put a text with ": " in quotes, and start keys that belong together in one column',
  UNEXPECTED_TOKEN:
    'found more after the end of a value; put a text that starts with a quote or bracket in quotes as a whole',
  TAG_RESOLVE_FAILED: 'found a tag; definitions have none, so put a text that starts with ! in quotes',
  RESOURCE_EXHAUSTION: 'the values are nested too deeply',
};

function syntaxProblem(error: YAMLError, document: Document.Parsed, content: string): Unreadable {
  const [offset] = error.pos;
  const known = SYNTAX[error.code];
  if (known !== undefined) return unreadable(offset, known);
  if (error.code === 'DUPLICATE_KEY') {
    const key = /^[^\s:]*/.exec(content.slice(offset))?.[0];
    return unreadable(offset, `the key "${key}" stands here a second time`);
  }
  if (error.code === 'BAD_SCALAR_START')
    return unreadable(offset, `a value cannot start with ${content.charAt(offset)}; put it in quotes`);
  if (/closing|end with a/.test(error.message)) return unclosed(document, content) ?? asTold(error);
  return asTold(error);
}

function asTold({ pos: [offset], message }: YAMLError): Unreadable {
  const text = message.split('\n', 1)[0]?.replace(/ at line \d+, column \d+:?$/, '');
  return unreadable(offset, `not valid YAML: ${text}`);
}

/** The end of the file is where the parser gave up; what was meant to end before starts somewhere above. */
function unclosed(document: Document.Parsed, content: string): Unreadable | null {
  let start: number | null = null;
  visit(document, {
    Node: (_, node) => {
      const isQuoted = isScalar(node) && node.type?.startsWith('QUOTE') === true;
      const isFlow = isCollection(node) && node.flow === true;
      if ((isQuoted || isFlow) && node.range !== undefined && node.range !== null) start = node.range[0];
    },
  });
  return start === null ? null : unreadable(start, `the ${content.charAt(start)} here is never closed`);
}

function aliasProblem(document: Document.Parsed): Unreadable | null {
  let aliases = 0;
  let problem: Unreadable | null = null;
  visit(document, {
    Alias: (_, alias) => {
      const offset = alias.range?.[0] ?? 0;
      aliases += 1;
      if (aliases > MAX_ALIASES) problem = unreadable(offset, `there are more than ${MAX_ALIASES} aliases`);
      else if (alias.resolve(document) === undefined)
        problem = unreadable(
          offset,
          `the alias *${alias.source} names no anchor before it; a text that starts with * is put in quotes`,
        );
      return problem === null ? undefined : visit.BREAK;
    },
  });
  return problem;
}

function toMapping(document: Document.Parsed): DefinitionYaml {
  const value = toValue(document);
  if (typeof value === 'object' && value !== null && !Array.isArray(value))
    return { kind: 'mapping', document, value };
  if (value === TOO_MANY) return unreadable(0, 'its aliases unfold to too many values');
  if (value === null) return unreadable(0, 'the file is empty; a definition has an id, a kind and more');
  return unreadable(0, `a definition is keys with values, such as "kind: live"; found ${kindOfValue(value)}`);
}

const TOO_MANY = Symbol('too many values');

function toValue(document: Document.Parsed): unknown {
  try {
    return document.toJS({ maxAliasCount: MAX_ALIASES });
  } catch (error) {
    if (error instanceof ReferenceError) return TOO_MANY;
    throw error;
  }
}
