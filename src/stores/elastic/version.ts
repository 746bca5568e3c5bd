import type { RunStamp } from '../../activities/intent-log.ts';
import type { ScanKind } from '../../domain/run.ts';
import { isRecord, isStringList } from './records.ts';

/** Where a document is, and which of its states was read. */
export interface Location {
  readonly index: string;
  readonly docId: string;
  readonly routing: string | null;
  readonly seqNo: number;
  readonly primaryTerm: number;
}

/** What a document says about the last run that wrote it; `entered` and `left` are all that run's. */
export interface Stamp extends RunStamp {
  readonly entered: readonly string[];
  readonly left: readonly string[];
}

/** Of a document read: what a conditional write compares, what the next stamp adds to, and how old the copy is. */
export class DocumentVersion {
  readonly location: Location;
  readonly stamp: Stamp | null;
  /** Of `updatedAt`. */
  readonly updatedAt: number;

  constructor(location: Location, stamp: Stamp | null, updatedAt: number) {
    this.location = location;
    this.stamp = stamp;
    this.updatedAt = updatedAt;
  }
}

export function versionOf({ version }: { readonly version: unknown }): DocumentVersion {
  if (version instanceof DocumentVersion) return version;
  throw new Error(`a version of another store: ${String(version).slice(0, 80)}`);
}

/** The location as the ledger keeps it. */
export function toPlaceText({ index, docId, routing, seqNo, primaryTerm }: Location): string {
  return JSON.stringify(
    routing === null ? [seqNo, primaryTerm, index, docId] : [seqNo, primaryTerm, index, docId, routing],
  );
}

export function fromPlaceText(place: string): Location {
  const parts: unknown = place.startsWith('[') ? JSON.parse(place) : null;
  const [seqNo, primaryTerm, index, docId, routing] = Array.isArray(parts) ? (parts as unknown[]) : [];
  if (typeof index !== 'string' || typeof docId !== 'string')
    throw new Error(`a place of another store: ${place.slice(0, 80)}`);
  return {
    index,
    docId,
    routing: typeof routing === 'string' ? routing : null,
    seqNo: Number(seqNo),
    primaryTerm: Number(primaryTerm),
  };
}

/** As documents hold it: names that a mapping can have. */
export function stampJson({ runId, scans, entered, left }: Stamp): Record<string, unknown> {
  return { run: runId, scans, entered, left };
}

/** Whatever else is found in the stamp's place is nobody's stamp. */
export function readStamp(value: unknown): Stamp | null {
  if (!isRecord(value) || typeof value['run'] !== 'string') return null;
  const { run, scans, entered, left } = value;
  const listOf = (list: unknown): readonly string[] =>
    isStringList(list) ? list : typeof list === 'string' ? [list] : [];
  return {
    runId: run,
    scans: listOf(scans).filter((scan): scan is ScanKind => scan === 'conditions' || scan === 'workflows'),
    entered: listOf(entered),
    left: listOf(left),
  };
}
