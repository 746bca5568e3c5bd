import { isMap, isScalar, type Document, type ParsedNode, type Scalar } from 'yaml';
import type { z } from 'zod';
import type { Condition, Source } from './condition/ast.ts';
import { ConditionError } from './condition/condition-error.ts';
import { parseCondition } from './condition/parse.ts';
import { valueMessage } from './value-messages.ts';
import { readDefinitionYaml } from './definition-yaml.ts';
import { graphOfSegment } from './flow/graph-of-segment.ts';
import type { FlowFile } from './flow/flow-file.ts';
import { valuesOfGraph, type ParsedGraph } from './flow/graph.ts';
import { knownKeys, nearest } from './known-keys.ts';
import { Segment, type LiveSegment } from './segment.ts';

/** A definition as its author wrote it. `file` is relative to the folder it was read from. */
export interface DefinitionSource {
  readonly file: string;
  readonly content: string;
  /** Why its file, or a folder that may hold some, could not be read; the content is empty then. */
  readonly unreadable?: string;
  /** The file that its key `flow` names. */
  readonly flow?: FlowFile;
}

/** Why a definition is left out. Line and column count from 1. */
export interface Problem {
  readonly file: string;
  readonly line: number;
  readonly column: number;
  readonly message: string;
}

export interface Step {
  readonly when: Condition | null;
  readonly then: LiveWorkflowActions;
  readonly else: LiveWorkflowActions;
}
type LiveWorkflowActions = NonNullable<LiveSegment['workflow']>['steps'][number]['then'];

/** The parsed conditions of a definition; each kind of segment uses the ones it has. */
export interface ParsedConditions {
  readonly condition: Condition | null;
  readonly filter: Condition | null;
  readonly steps: readonly Step[];
}

export interface Definition {
  readonly source: DefinitionSource;
  readonly segment: Segment;
  readonly conditions: ParsedConditions;
  /** What a workflow or flow segment runs. */
  readonly graph: ParsedGraph | null;
  /** The values it claims for itself in profiles; only live segments write there. */
  readonly values: readonly string[];
  readonly warnings: readonly Problem[];
}

export type ParsedDefinition =
  | { readonly kind: 'definition'; readonly definition: Definition }
  | {
      readonly kind: 'refused';
      readonly source: DefinitionSource;
      readonly id: string | null;
      readonly problems: readonly Problem[];
    };

const PROFILE_ONLY: readonly Source[] = ['profile'];
const PROFILE_AND_PAYLOAD: readonly Source[] = ['profile', 'payload'];

/** Reads one YAML definition: its shape, its conditions, all problems with where they stand. */
export function parseDefinition(source: DefinitionSource): ParsedDefinition {
  const content = source.content.replace(/^\uFEFF/, '');
  const at = (offset: number, message: string): Problem => {
    const before = content.slice(0, offset).split('\n');
    return { file: source.file, line: before.length, column: (before.at(-1)?.length ?? 0) + 1, message };
  };
  if (source.unreadable !== undefined)
    return {
      kind: 'refused',
      source,
      id: null,
      problems: [at(0, `cannot be read: ${source.unreadable}`)],
    };
  const read = readDefinitionYaml(content);
  if (read.kind === 'unreadable')
    return { kind: 'refused', source, id: null, problems: [at(read.offset, read.reason)] };
  const { document, value } = read;
  const parsed = Segment.safeParse(value, { error: valueMessage });
  if (!parsed.success) {
    const problems = worthSaying(parsed.error.issues).flatMap((issue) => problemsOf(issue, document, at));
    return { kind: 'refused', source, id: idOf(value), problems };
  }
  return parseConditions(source, parsed.data, document, at);
}

/** A mistyped key is missed where it belongs, too: only the mistake is said, not what follows from it. */
function worthSaying(issues: readonly z.core.$ZodIssue[]): readonly z.core.$ZodIssue[] {
  const isMistyped = issues.some(({ code }) => code === 'unrecognized_keys');
  return isMistyped ? issues.filter(({ code, path }) => code !== 'custom' || path.length > 0) : issues;
}

function idOf(value: object): string | null {
  return 'id' in value && typeof value.id === 'string' ? value.id : null;
}

type At = (offset: number, message: string) => Problem;

function problemsOf(issue: z.core.$ZodIssue, document: Document.Parsed, at: At): readonly Problem[] {
  const path = issue.path.map((step) => (typeof step === 'symbol' ? String(step) : step));
  const where = path.join('.');
  if (issue.code === 'unrecognized_keys') {
    const known = knownKeys(document.get('kind'), path);
    return issue.keys.map((key) =>
      at(offsetOf(document, [...path, key]), `unknown key "${key}"${nearest(key, known)}`),
    );
  }
  const prefix = where === '' ? '' : `${where}: `;
  return [at(valueOffset(document, path) ?? offsetOf(document, path), `${prefix}${issue.message}`)];
}

/** Where one value is written; null for a list or mapping, whose key says more, and where nothing is. */
function valueOffset(document: Document.Parsed, path: readonly (string | number)[]): number | null {
  const node: unknown = path.length === 0 ? null : document.getIn(path, true);
  if (!isScalar(node) || node.range === null || node.range === undefined) return null;
  const [start, end] = node.range;
  return start === end ? null : start;
}

/** Where the key at a path stands; the nearest parent's when the path is not there. */
function offsetOf(document: Document.Parsed, path: readonly (string | number)[]): number {
  for (let length = path.length; length > 0; length -= 1) {
    const key = keyNode(document, path.slice(0, length));
    if (key !== null) return key;
  }
  return document.contents?.range[0] ?? 0;
}

function keyNode(document: Document.Parsed, path: readonly (string | number)[]): number | null {
  const last = path.at(-1);
  const parent: unknown = path.length === 1 ? document.contents : document.getIn(path.slice(0, -1), true);
  if (isMap<ParsedNode>(parent)) {
    const pair = parent.items.find((item) => isScalar(item.key) && item.key.value === last);
    return pair?.key.range?.[0] ?? null;
  }
  const node: unknown = document.getIn(path, true);
  return isScalar(node) || isMap(node) ? (node.range?.[0] ?? null) : null;
}

function parseConditions(
  source: DefinitionSource,
  segment: Segment,
  document: Document.Parsed,
  at: At,
): ParsedDefinition {
  const problems: Problem[] = [];
  const read = (
    path: readonly (string | number)[],
    text: string | undefined,
    sources: readonly Source[],
  ): Condition | null => {
    if (text === undefined) return null;
    try {
      return parseCondition(text, { sources });
    } catch (error) {
      if (!(error instanceof ConditionError)) throw error;
      problems.push(conditionProblem(error, document.getIn(path, true), path.join('.'), at, source));
      return null;
    }
  };
  const workflow = segment.kind === 'live' ? segment.workflow : undefined;
  const conditions: ParsedConditions = {
    condition: segment.kind === 'proxy' ? null : read(['condition'], segment.condition, PROFILE_ONLY),
    filter: read(['workflow', 'filter'], workflow?.filter, PROFILE_AND_PAYLOAD),
    steps: (workflow?.steps ?? []).map((step, index) => ({
      when: read(['workflow', 'steps', index, 'when'], step.when, PROFILE_AND_PAYLOAD),
      then: step.then,
      else: step.else,
    })),
  };
  const drawn = graphOfSegment(segment, conditions, source.flow);
  const about = (message: string): Problem => ({
    file: source.flow?.file ?? source.file,
    line: 1,
    column: 1,
    message,
  });
  if (drawn.kind === 'refused') problems.push(...drawn.problems.map(about));
  if (drawn.kind === 'unread') problems.push(at(valueOffset(document, ['flow']) ?? 0, drawn.reason));
  if (problems.length > 0 || drawn.kind !== 'drawn')
    return { kind: 'refused', source, id: segment.id, problems };
  const { graph, warnings } = drawn;
  const values = valuesOf(segment, graph);
  return {
    kind: 'definition',
    definition: { source, segment, conditions, graph, values, warnings: warnings.map(about) },
  };
}

function valuesOf(segment: Segment, graph: ParsedGraph | null): readonly string[] {
  if (segment.kind !== 'live') return [];
  return graph === null ? [segment.value ?? segment.id] : valuesOfGraph(graph);
}

/** Places an error inside a condition at its line and column of the file, whatever way the scalar is written. */
function conditionProblem(
  error: ConditionError,
  node: unknown,
  where: string,
  at: At,
  source: DefinitionSource,
): Problem {
  const scalar = isScalar(node) ? node : null;
  const start = at(scalar?.range?.[0] ?? 0, `${where}: ${error.message}`);
  if (scalar === null) return start;
  return { ...start, ...place(scalar, start, error, source.content) };
}

function place(
  scalar: Scalar,
  start: Problem,
  error: ConditionError,
  content: string,
): { line: number; column: number } {
  if (scalar.type === 'BLOCK_LITERAL') {
    const line = start.line + error.line;
    const text = content.split('\n')[line - 1] ?? '';
    return { line, column: text.length - text.trimStart().length + error.column };
  }
  if (error.line > 1 || scalar.type === 'BLOCK_FOLDED') return { line: start.line, column: start.column };
  const quote = scalar.type === 'PLAIN' ? 0 : 1;
  return { line: start.line, column: start.column + quote + error.column - 1 };
}
