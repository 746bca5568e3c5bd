import type { Definition } from '../definition.ts';
import { openRecord, toFlowFile, type UnpackFlow } from '../flow/flow-file.ts';
import type { FlowIndexRecord, LiveSegmentRecord } from './documents.ts';
import { flowNotes } from './flow-notes.ts';
import { entry, writeDefinition, type ImportedSegment, type ReportEntry, type Written } from './report.ts';

/** A record as it lies in the index, beside what was read of it. */
export interface FlowRecord {
  readonly record: FlowIndexRecord;
  readonly raw: unknown;
}

export interface ImportedFlows {
  readonly segments: readonly ImportedSegment[];
  /** Flows whose definition does not load: to be mended. */
  readonly looseFiles: readonly TextFile[];
  readonly report: readonly ReportEntry[];
}

interface TextFile {
  readonly file: string;
  readonly content: string;
}

export interface FlowImportOptions {
  readonly flows: readonly FlowRecord[];
  readonly idOf: (name: string) => string;
  readonly unpack: UnpackFlow;
}

/** Live segments that run a flow; where several flows write one value, each says `shared`. */
export function importFlows(
  records: readonly LiveSegmentRecord[],
  { flows, idOf, unpack }: FlowImportOptions,
): ImportedFlows {
  const drafts: Draft[] = [];
  const looseFiles: TextFile[] = [];
  const report: ReportEntry[] = [];
  for (const [flowId, runs] of byFlow(records)) {
    const flow = flows.find(({ record }) => record.id === flowId);
    const draft = flow === undefined ? missing(flowId) : draftOf(runs, flow, idOf, unpack);
    if (draft.kind === 'draft') drafts.push(draft);
    else {
      report.push(entry('not carried over', subjectOf(runs), draft.reasons));
      looseFiles.push(...draft.files);
    }
  }
  return {
    segments: drafts.map((draft) => finish(draft, drafts)),
    looseFiles,
    report: [...report, ...unused(flows, records)],
  };
}

function byFlow(records: readonly LiveSegmentRecord[]): ReadonlyMap<string, readonly LiveSegmentRecord[]> {
  const groups = new Map<string, LiveSegmentRecord[]>();
  for (const record of records) {
    const id = record.workflow?.id ?? '';
    groups.set(id, [...(groups.get(id) ?? []), record]);
  }
  return groups;
}

interface Draft {
  readonly kind: 'draft';
  readonly write: (shared: boolean) => Written;
  readonly definition: Definition;
  readonly flow: TextFile;
  readonly subject: string;
  readonly notes: readonly string[];
}

interface Refused {
  readonly kind: 'refused';
  readonly reasons: readonly string[];
  readonly files: readonly TextFile[];
}

function missing(flowId: string): Refused {
  return { kind: 'refused', reasons: [`its flow "${flowId}" is not in the flow index`], files: [] };
}

function draftOf(
  runs: readonly LiveSegmentRecord[],
  { record, raw }: FlowRecord,
  idOf: (name: string) => string,
  unpack: UnpackFlow,
): Draft | Refused {
  const [first] = runs;
  if (first === undefined) throw new Error('a flow of a live segment has one');
  const id = idOf(first.name === '' ? record.name : first.name);
  const opened = openRecord(raw, unpack);
  if (opened.kind === 'unreadable') return { kind: 'refused', reasons: [opened.reason], files: [] };
  const file = `flows/${id}.json`;
  const text = JSON.stringify(opened.value, null, 2);
  const isEnabled = runs.some(({ enabled }) => enabled);
  const write = (shared: boolean): Written =>
    writeDefinition(
      {
        id,
        name: first.name === '' ? undefined : first.name,
        description: first.description === '' ? undefined : first.description,
        enabled: isEnabled ? undefined : false,
        kind: 'live',
        flow: file,
        shared: shared ? true : undefined,
      },
      `live segment ${runs.map((run) => run.id).join(', ')}, flow "${record.name}" ${record.id}`,
      toFlowFile(file, text, unpack),
    );
  const written = write(false);
  const flow = { file, content: `${text}\n` };
  if (written.kind === 'refused')
    return {
      kind: 'refused',
      reasons: [
        ...written.reasons,
        `its flow was written to ${file}, to be mended and named by a definition`,
      ],
      files: [flow],
    };
  const { definition } = written;
  const notes = [...notesOf(runs, record, isEnabled), ...flowNotes(definition, opened.value)];
  return { kind: 'draft', write, definition, flow, subject: subjectOf(runs), notes };
}

function subjectOf(runs: readonly LiveSegmentRecord[]): string {
  return runs.map(({ name, id }) => `live segment "${name === '' ? id : name}"`).join(', ');
}

function notesOf(
  runs: readonly LiveSegmentRecord[],
  { production, type }: FlowIndexRecord,
  isEnabled: boolean,
): readonly string[] {
  return [
    ...(runs.length === 1 ? [] : ['they run the same flow, so they are one here']),
    ...(isEnabled ? [] : ['it is disabled, and stays so: its members stay, and nothing is computed']),
    ...(production === '' ? ['its flow is not deployed in Tracardi, so its draft was taken'] : []),
    ...(type === 'segmentation' ? [] : [`its flow is of type "${type}", not "segmentation"`]),
  ];
}

function finish(draft: Draft, all: readonly Draft[]): ImportedSegment {
  const others = all.filter((other) => other !== draft);
  const common = draft.definition.values.filter((value) =>
    others.some(({ definition }) => definition.values.includes(value)),
  );
  const { flow, subject, notes } = draft;
  const written = common.length === 0 ? null : draft.write(true);
  if (written === null || written.kind === 'refused')
    return { definition: draft.definition, flow, subject, notes };
  const shared = `shared: true, as other flows write ${common.map((value) => `"${value}"`).join(', ')} as well; they run by id, give them an order where it matters`;
  return { definition: written.definition, flow, subject, notes: [...notes, shared] };
}

/** Segmentation flows that nothing runs. */
function unused(flows: readonly FlowRecord[], runs: readonly LiveSegmentRecord[]): readonly ReportEntry[] {
  const used = new Set(runs.map(({ workflow }) => workflow?.id));
  return flows
    .filter(({ record: { id, type } }) => type === 'segmentation' && !used.has(id))
    .map(({ record: { name, id } }) =>
      entry('not carried over', `segmentation flow "${name === '' ? id : name}"`, [
        'no live segment runs it, so it does nothing in Tracardi',
      ]),
    );
}
