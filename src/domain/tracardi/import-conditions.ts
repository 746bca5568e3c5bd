import { queryProblem } from '../query-string.ts';
import type { LiveSegmentRecord } from './documents.ts';
import { entry, writeDefinition, type ImportedSegment, type ReportEntry } from './report.ts';

export interface ImportedConditions {
  readonly segments: readonly ImportedSegment[];
  readonly report: readonly ReportEntry[];
}

/**
 * Live segments whose condition is a query on the profile index. Tracardi only adds their value, so they are
 * `mode: add`. Where several add one value, they become one: a value has one owner, and adding what either
 * query finds is what they did.
 */
export function importConditions(
  records: readonly LiveSegmentRecord[],
  idOf: (name: string) => string,
): ImportedConditions {
  const report: ReportEntry[] = [];
  const byValue = new Map<string, LiveSegmentRecord[]>();
  for (const record of records) {
    const problem = problemOf(record);
    if (problem !== null) report.push(entry('not carried over', subjectOf(record), [problem]));
    else byValue.set(keyOf(record), [...(byValue.get(keyOf(record)) ?? []), record]);
  }
  const segments: ImportedSegment[] = [];
  for (const group of byValue.values()) {
    const imported = importGroup(group, idOf);
    if ('definition' in imported) segments.push(imported);
    else report.push(imported);
  }
  return { segments, report };
}

/** One that is switched off must not be switched on by one of the same value that is not. */
function keyOf({ segment, enabled }: LiveSegmentRecord): string {
  return JSON.stringify([segment, enabled]);
}

function subjectOf({ name, id }: LiveSegmentRecord): string {
  return `conditional live segment "${name === '' ? id : name}"`;
}

function problemOf({ operation, condition, segment }: LiveSegmentRecord): string | null {
  if (condition.trim() === '') return 'it has no condition';
  if (segment === '') return 'it names no segment to add';
  if (!['', 'add'].includes(operation.toLowerCase()))
    return `its operation is "${operation}", and Tracardi is known to add only`;
  const problem = queryProblem(condition);
  return problem === null ? null : `query: ${problem}`;
}

function importGroup(
  group: readonly LiveSegmentRecord[],
  idOf: (name: string) => string,
): ImportedSegment | ReportEntry {
  const [first, ...others] = group;
  if (first === undefined) throw new Error('a group has a first record');
  const subject = group.map(subjectOf).join(', ');
  const id = idOf(first.name === '' ? first.segment : first.name);
  const query =
    others.length === 0 ? first.condition : group.map((each) => `(${each.condition})`).join(' OR ');
  const written = writeDefinition(
    {
      id,
      name: first.name === '' ? undefined : first.name,
      description: first.description === '' ? undefined : first.description,
      enabled: first.enabled ? undefined : false,
      kind: 'live',
      query,
      mode: 'add',
      value: first.segment === id ? undefined : first.segment,
    },
    group.map((each) => `live segment ${each.id}`).join(', '),
  );
  if (written.kind === 'refused') return entry('not carried over', subject, written.reasons);
  const notes = [
    ...(others.length === 0 ? [] : [`they all add "${first.segment}", so they are one query here`]),
    `mode: add, as Tracardi only adds; mode: sync would also take "${first.segment}" from every profile that carries it and is not found by the query any more: count them before with \`strata run live --segment ${id} --dry-run\``,
    ...(first.enabled ? [] : ['it is disabled, and stays so: its members stay, and nothing is computed']),
  ];
  return { definition: written.definition, flow: null, subject, notes };
}
