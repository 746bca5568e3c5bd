import type { MetProfile } from '../../domain/profile.ts';
import type { ScanKind } from '../../domain/run.ts';
import { BUCKET_FIELD, type Layout } from './layout.ts';
import { isRecord, isStringList } from './records.ts';
import { DocumentVersion, readStamp, type Location, type Stamp } from './version.ts';

const MAX_ID_BYTES = 64;

/** A document as a search or a get answers it. */
export interface Found {
  readonly location: Location;
  readonly source: unknown;
  readonly candidate: boolean;
  readonly matchedQueries: readonly string[];
}

export interface HitReader {
  readonly layout: Layout;
  /** Of `withheldKeys`. */
  readonly withheld: readonly string[];
  readonly runId: string;
  readonly scan: ScanKind;
}

export function readHit(reader: HitReader, found: Found): MetProfile {
  const { location, source, candidate, matchedQueries } = found;
  const { layout, runId, scan } = reader;
  const document = isRecord(source) ? source : {};
  const id = idOf(layout, location, document);
  if (id.fault !== null) return { kind: 'set aside', profile: { id: id.shown, reason: id.fault } };
  const segments = membershipOf(document, layout.segmentsField);
  if (segments === null) {
    const reason = `"${layout.segmentsField}" is not a list of strings`;
    return { kind: 'set aside', profile: { id: id.shown, reason } };
  }
  const stamp = readStamp(valueAt(document, layout.stampPath));
  const own = stamp?.runId === runId ? stamp : null;
  const segmentsBefore = own === null ? segments : membershipBefore(segments, own);
  return {
    kind: 'profile',
    profile: {
      id: id.shown,
      document: toDocument(reader, document, segmentsBefore),
      segments,
      segmentsBefore,
      settled: own?.scans.includes(scan) ?? false,
      candidate,
      matchedQueries,
      version: new DocumentVersion(location, stamp, updatedAt(document)),
    },
  };
}

/** The keys that Strata put there. */
export function withheldKeys({
  layout,
  isOurLayout,
}: {
  readonly layout: Layout;
  readonly isOurLayout: boolean;
}): readonly string[] {
  return [
    ...(layout.kind === 'plain' ? layout.stampPath.slice(0, 1) : []),
    ...(isOurLayout ? [BUCKET_FIELD] : []),
  ];
}

/** What evaluation and people see: the document without what Strata put there. */
export function toDocument(
  { layout, withheld }: Pick<HitReader, 'layout' | 'withheld'>,
  source: Readonly<Record<string, unknown>>,
  segments: readonly string[],
): Readonly<Record<string, unknown>> {
  const document: Record<string, unknown> = {};
  // Copied, and nothing deleted: an object that something was deleted from is slow to read ever after.
  for (const key of Object.keys(source)) {
    // To set this one would set the prototype.
    if (key !== '__proto__' && !withheld.includes(key)) document[key] = source[key];
  }
  document[layout.segmentsField] = segments;
  return document;
}

/** null where it is something else than a list of texts; a missing one and null are no membership. */
export function membershipOf(
  document: Readonly<Record<string, unknown>>,
  field: string,
): readonly string[] | null {
  const value = document[field] ?? [];
  return isStringList(value) ? value : null;
}

function idOf(
  { idField }: Layout,
  { docId }: Location,
  document: Readonly<Record<string, unknown>>,
): { readonly shown: string; readonly fault: string | null } {
  const id = idField === '_id' ? docId : document[idField];
  if (typeof id !== 'string') return { shown: cut(docId), fault: `"${idField}" is not a text` };
  const bytes = Buffer.byteLength(id);
  if (bytes >= 1 && bytes <= MAX_ID_BYTES) return { shown: id, fault: null };
  return { shown: cut(docId), fault: `"${idField}" has ${bytes} bytes; 1 to ${MAX_ID_BYTES} are allowed` };
}

function cut(docId: string): string {
  return Buffer.from(docId)
    .subarray(0, MAX_ID_BYTES)
    .toString()
    .replace(/\ufffd$/u, '');
}

/** When a document was last changed by its own writer, epoch milliseconds; 0 where it does not say. */
export function updatedAt(source: unknown): number {
  const value = isRecord(source) ? valueAt(source, UPDATED_AT) : undefined;
  return typeof value === 'string' ? Date.parse(value) || 0 : 0;
}

export const UPDATED_AT = ['metadata', 'time', 'update'] as const;

export function valueAt(document: Readonly<Record<string, unknown>>, path: readonly string[]): unknown {
  let value: unknown = document;
  for (const key of path) value = isRecord(value) ? value[key] : undefined;
  return value;
}

/** Undoes what the stamp's run has done; values of others stay. */
function membershipBefore(segments: readonly string[], { entered, left }: Stamp): readonly string[] {
  const kept = segments.filter((value) => !entered.includes(value));
  return [...kept, ...left.filter((value) => !kept.includes(value))];
}

/** The stamp after one more scan of a run; a value that a later scan takes back is as if never touched. */
export function nextStamp(
  stamp: Stamp | null,
  change: {
    readonly runId: string;
    readonly scan: ScanKind;
    readonly entered: readonly string[];
    readonly left: readonly string[];
  },
): Stamp {
  const { runId, scan, entered, left } = change;
  if (stamp?.runId !== runId) return { runId, scans: [scan], entered, left };
  return {
    runId,
    scans: [...new Set([...stamp.scans, scan])],
    entered: [
      ...stamp.entered.filter((value) => !left.includes(value)),
      ...entered.filter((value) => !stamp.left.includes(value)),
    ],
    left: [
      ...stamp.left.filter((value) => !entered.includes(value)),
      ...left.filter((value) => !stamp.entered.includes(value)),
    ],
  };
}
