import type { z } from 'zod';
import { checkDefinitions } from '../definition-set.ts';
import type { UnpackFlow } from '../flow/flow-file.ts';
import { FlowIndexRecord, LiveSegmentRecord, PostEventSegmentRecord, valueOfPostEvent } from './documents.ts';
import { createIds } from './ids.ts';
import { importConditions } from './import-conditions.ts';
import { importFlows } from './import-flows.ts';
import { entry, type ImportedSegment, type ReportEntry } from './report.ts';

/** The documents of Tracardi's indices as they lie there: what Elasticsearch has as `_source`. */
export interface TracardiDocuments {
  readonly liveSegments: readonly unknown[];
  readonly flows: readonly unknown[];
  /** Post-event segments. */
  readonly segments: readonly unknown[];
}

export interface ImportedInstallation {
  /** Definitions and flow files to write, by their path in the folder. */
  readonly files: readonly { readonly file: string; readonly content: string }[];
  readonly report: readonly ReportEntry[];
}

/**
 * A Tracardi installation's segments as definitions, and a report of each: what it became, what means something
 * else here, what could not be carried over and why. Every definition that is written loads, also beside the
 * others. Ids are made of the names; values are kept to the letter. `unpack` opens base64 text of a gzip or of
 * JSON.
 */
export function importInstallation(documents: TracardiDocuments, unpack: UnpackFlow): ImportedInstallation {
  const live = readAll(LiveSegmentRecord, documents.liveSegments, 'live segment');
  const flows = readAll(FlowIndexRecord, documents.flows, 'flow');
  const postEvent = readAll(PostEventSegmentRecord, documents.segments, 'post-event segment');
  const records = live.found.map(({ record }) => record);
  const ofType = (type: string) => records.filter((record) => record.type === type);

  const idOf = createIds();
  const drawn = importFlows(ofType('workflow'), { flows: flows.found, idOf, unpack });
  const asked = importConditions(ofType('condition'), idOf);
  const { kept, clashing } = apart([...drawn.segments, ...asked.segments]);
  return {
    files: [...kept.flatMap(filesOf), ...drawn.looseFiles],
    report: [
      ...kept.map(carried),
      ...clashing,
      ...drawn.report,
      ...asked.report,
      ...records
        .filter(({ type }) => type !== 'workflow' && type !== 'condition')
        .map(({ name, type }) => entry('not carried over', `live segment "${name}"`, [unknownType(type)])),
      ...postEvent.found.map(({ record }) => stays(record, kept)),
      ...[live, flows, postEvent].flatMap(({ unreadable }) => unreadable),
    ],
  };
}

interface Read<T> {
  readonly found: readonly { readonly record: T; readonly raw: unknown }[];
  readonly unreadable: readonly ReportEntry[];
}

function readAll<T>(schema: z.ZodType<T>, documents: readonly unknown[], what: string): Read<T> {
  const found: { record: T; raw: unknown }[] = [];
  const unreadable: ReportEntry[] = [];
  for (const raw of documents) {
    const parsed = schema.safeParse(raw);
    if (parsed.success) found.push({ record: parsed.data, raw });
    else {
      const [issue] = parsed.error.issues;
      const reason = `its document has a shape of its own: ${issue?.path.join('.') ?? ''} ${issue?.message ?? ''}`;
      unreadable.push(entry('not carried over', `${what} ${nameOf(raw)}`, [reason]));
    }
  }
  return { found, unreadable };
}

function nameOf(raw: unknown): string {
  if (typeof raw !== 'object' || raw === null) return 'of no shape';
  const name: unknown = 'name' in raw ? raw.name : 'id' in raw ? raw.id : '';
  return typeof name === 'string' ? `"${name}"` : 'without a name';
}

function unknownType(type: string): string {
  return type === 'code'
    ? 'its type "code" is not evaluated by Tracardi either'
    : `its type "${type}" is none that is known`;
}

/**
 * A query shares its value with no other. What is switched off gives way to what is not; a query to a flow, which may
 * also take the value away.
 */
function apart(segments: readonly ImportedSegment[]): {
  readonly kept: readonly ImportedSegment[];
  readonly clashing: readonly ReportEntry[];
} {
  const kept: ImportedSegment[] = [];
  const clashing: ReportEntry[] = [];
  const rank = ({ definition: { segment } }: ImportedSegment): number => (segment.enabled ? 0 : 1);
  for (const segment of segments.toSorted((a, b) => rank(a) - rank(b))) {
    const { values } = segment.definition;
    const holder = kept.find(
      (other) =>
        (other.flow === null || segment.flow === null) &&
        other.definition.values.some((value) => values.includes(value)),
    );
    if (holder === undefined) kept.push(segment);
    else
      clashing.push(
        entry('not carried over', segment.subject, [
          `its value "${values.join('", "')}" is also written by ${holder.definition.segment.id} (${holder.definition.source.file}), and a query shares its value with no other: ask for it there, or give it a value of its own`,
        ]),
      );
  }
  const { problems } = checkDefinitions(kept.map(({ definition }) => definition.source));
  if (problems.length > 0) throw new Error(`imported definitions clash: ${JSON.stringify(problems)}`);
  return { kept, clashing };
}

function filesOf({ definition: { source }, flow }: ImportedSegment): ImportedInstallation['files'] {
  return [{ file: source.file, content: source.content }, ...(flow === null ? [] : [flow])];
}

function carried({ definition, subject, notes }: ImportedSegment): ReportEntry {
  return entry('carried over', subject, notes, definition.source.file);
}

function stays(record: PostEventSegmentRecord, kept: readonly ImportedSegment[]): ReportEntry {
  const value = valueOfPostEvent(record);
  const types =
    record.eventType.length === 0 ? 'each event' : `events of type ${record.eventType.join(', ')}`;
  const others = kept.filter(({ definition }) => definition.values.includes(value));
  return entry('stays in Tracardi', `post-event segment "${record.name}"`, [
    `Tracardi adds "${value}" on ${types}, and goes on to do so`,
    ...(record.enabled ? [] : ['it is disabled there']),
    ...others.map(
      ({ definition: { segment } }) =>
        `${segment.id} writes "${value}" as well: what one adds, the other may take away`,
    ),
  ]);
}
