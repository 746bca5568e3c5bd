import type { Condition } from './condition/ast.ts';
import { parseDefinition, type Definition, type DefinitionSource, type Problem } from './definition.ts';
import { conditionsOf } from './conditions-of.ts';
import type { LeftOut } from './run.ts';
import { DEFAULT_PRIORITY } from './segment.ts';
import { EVERY_FORM, lineOf, refuseForms, type StoreForms } from './store-forms.ts';

/** A folder's definitions checked one by one and against each other. */
export interface CheckedDefinitions {
  readonly definitions: readonly Definition[];
  /** Everything that keeps a definition out. */
  readonly problems: readonly Problem[];
  readonly leftOut: readonly LeftOut[];
  readonly warnings: readonly Problem[];
}

export function checkDefinitions(
  sources: readonly DefinitionSource[],
  forms: StoreForms = EVERY_FORM,
): CheckedDefinitions {
  const parsed = sources.map((source) => refuseForms(parseDefinition(source), forms));
  const refused = parsed.flatMap((result) =>
    result.kind === 'refused' ? [{ id: result.id ?? result.source.file, problems: result.problems }] : [],
  );
  const single = parsed.flatMap((result) => (result.kind === 'definition' ? [result.definition] : []));
  const clashing = [...duplicateIds(single), ...claimedTwice(single)];
  const clashes = new Map<Definition, Problem[]>();
  for (const { definition, problem } of clashing) {
    clashes.set(definition, [...(clashes.get(definition) ?? []), problem]);
  }
  const definitions = single.filter((definition) => !clashes.has(definition));
  const leftOut = [
    ...refused.map(({ id, problems }) => ({ id, reason: problems.map(describe).join('; ') })),
    ...[...clashes].map(([{ segment }, problems]) => ({
      id: segment.id,
      reason: problems.map(describe).join('; '),
    })),
  ];
  return {
    definitions,
    problems: [...refused.flatMap(({ problems }) => problems), ...clashing.map(({ problem }) => problem)],
    leftOut,
    warnings: definitions.flatMap((definition) => [
      ...definition.warnings,
      ...unknownSegments(definition, definitions),
      ...renamedFromDefined(definition, definitions),
      ...unusedPriority(definition),
      ...queriedMembership(definition),
    ]),
  };
}

/** `file:line:column: message`, the form editors and CI logs make clickable. */
export function describe(problem: Problem): string {
  return `${problem.file}:${problem.line}:${problem.column}: ${problem.message}`;
}

interface Clash {
  readonly definition: Definition;
  readonly problem: Problem;
}

/**
 * Nobody wins: which file was meant is the author's to say, and a copied file must never take over a segment's
 * members. All are left out, so the members stay as they are.
 */
function duplicateIds(definitions: readonly Definition[]): readonly Clash[] {
  return clashesOf(
    definitions,
    ({ segment }) => [segment.id],
    (id, other) => `id "${id}" is also defined in ${other.source.file}`,
  );
}

function claimedTwice(definitions: readonly Definition[]): readonly Clash[] {
  return clashesOf(
    definitions,
    ({ values }) => values,
    (value, other) =>
      `value "${value}" is also written by ${other.segment.id} (${other.source.file}); only workflow and flow segments that all say "shared: true" may write one value`,
    (a, b) => a.segment.id !== b.segment.id && !(isShared(a) && isShared(b)),
  );
}

/** One clash for each definition and key that another definition has too. */
function clashesOf(
  definitions: readonly Definition[],
  keysOf: (definition: Definition) => readonly string[],
  message: (key: string, other: Definition) => string,
  isClash: (a: Definition, b: Definition) => boolean = () => true,
): readonly Clash[] {
  const holders = new Map<string, Definition[]>();
  for (const definition of definitions) {
    for (const key of new Set(keysOf(definition)))
      holders.set(key, [...(holders.get(key) ?? []), definition]);
  }
  return definitions.flatMap((definition) =>
    [...new Set(keysOf(definition))].flatMap((key) => {
      const other = holders.get(key)?.find((each) => each !== definition && isClash(each, definition));
      return other === undefined ? [] : [clash(definition, message(key, other))];
    }),
  );
}

function isShared({ segment }: Definition): boolean {
  return segment.kind === 'live' && segment.shared;
}

function clash(definition: Definition, message: string): Clash {
  return { definition, problem: { file: definition.source.file, line: 1, column: 1, message } };
}

/** Conditions on membership of a value nobody defines: allowed (others write segments too), but worth saying. */
function unknownSegments(definition: Definition, all: readonly Definition[]): readonly Problem[] {
  const known = new Set(all.flatMap(({ values }) => values));
  return namedIn(definition).flatMap(({ value, line }) =>
    known.has(value)
      ? []
      : [
          {
            file: definition.source.file,
            line,
            column: 1,
            message: `profile@segments is compared with "${value}", which no definition writes`,
          },
        ],
  );
}

/** Ids of the definitions whose conditions ask for membership of one of the values. */
export function usersOf(values: readonly string[], all: readonly Definition[]): readonly string[] {
  return all
    .filter((definition) => namedIn(definition).some(({ value }) => values.includes(value)))
    .map(({ segment }) => segment.id);
}

function namedIn(definition: Definition): readonly { value: string; line: number }[] {
  const asked = (definition.graph?.nodes ?? []).flatMap(({ work }) =>
    work.kind === 'has-value' ? [{ value: work.value, line: 1 }] : [],
  );
  return [...conditionsOf(definition).flatMap(namedSegments), ...asked];
}

function renamedFromDefined({ segment, source }: Definition, all: readonly Definition[]): readonly Problem[] {
  const { renamedFrom, id } = segment;
  const former = all.find((each) => each.segment.id === renamedFrom);
  if (renamedFrom === undefined || renamedFrom === id || former === undefined) return [];
  const message = `renamedFrom: "${renamedFrom}" is still defined in ${former.source.file}, so its members stay there`;
  return [{ file: source.file, line: 1, column: 1, message }];
}

/** Silence would let somebody wait for an order that nothing keeps. */
function unusedPriority({ segment, source }: Definition): readonly Problem[] {
  if (segment.kind !== 'live' || segment.priority === DEFAULT_PRIORITY) return [];
  const message =
    'priority orders the refreshes of static and dynamic segments; it changes nothing for a live one';
  return [{ file: source.file, line: 1, column: 1, message }];
}

/** A condition sees the membership before the run; a server knows only the one that profiles carry now. */
function queriedMembership({ segment, source }: Definition): readonly Problem[] {
  if (segment.kind !== 'live' || !/(?:^|[^\w.\\])segments:/.test(segment.query ?? '')) return [];
  const message =
    'query asks for segments: as they are when it is asked, what this very run has changed included; a condition on profile@segments sees them before the run';
  return [{ file: source.file, line: lineOf(source, 'query'), column: 1, message }];
}

function namedSegments(condition: Condition): readonly { value: string; line: number }[] {
  switch (condition.kind) {
    case 'and':
    case 'or':
      return condition.terms.flatMap(namedSegments);
    case 'not':
      return namedSegments(condition.term);
    case 'contains':
    case 'in':
    case 'starts-with':
    case 'ends-with': {
      const { left, right } = condition;
      if (left.kind !== 'field' || left.text.toLowerCase() !== 'profile@segments') return [];
      const items = right.kind === 'list' ? right.items : [right];
      return items.flatMap((item) =>
        item.kind === 'literal' && typeof item.value === 'string' ? [{ value: item.value, line: 1 }] : [],
      );
    }
    case 'compare': {
      const { left, right } = condition;
      const isName =
        left.kind === 'field' && left.text.toLowerCase() === 'profile@segments' && right.kind === 'literal';
      return isName && typeof right.value === 'string' ? [{ value: right.value, line: 1 }] : [];
    }
    case 'between':
    case 'null':
    case 'exists':
    case 'empty':
      return [];
  }
}
