import { createHash } from 'node:crypto';

/**
 * Longer documents are kept, but apart and never evaluated: DuckDB reads 2,048 rows of a column at a time, and a
 * few of them would take all its memory.
 */
const MAX_DOCUMENT_BYTES = 262_144;
const MAX_ID_BYTES = 64;

/** A profile as its row holds it. */
export interface ProfileRow {
  readonly id: string;
  /** JSON without the segments field, unless that has the wrong shape; of a long document only its id and hash. */
  readonly document: string;
  readonly longDocument: string | null;
  /** Membership a new profile starts with. */
  readonly segments: readonly string[];
  readonly bytes: number;
  /** Whether DuckDB reads the document's strings as JavaScript does; brackets offer all others. */
  readonly plain: boolean;
  /** Why the profile cannot be evaluated. */
  readonly fault: string | null;
}

export type RowOutcome =
  { readonly kind: 'row'; readonly row: ProfileRow } | { readonly kind: 'refused'; readonly reason: string };

/** JSON.stringify escapes exactly these: lone surrogates, which UTF-8 cannot hold, and U+0000. */
const FOREIGN_TEXT = /\\u(?:d[89a-f]|0000)/;

export function toProfileRow(document: unknown, segmentsField: string): RowOutcome {
  if (!isRecord(document)) return { kind: 'refused', reason: 'the document is not an object' };
  const { id, [segmentsField]: segments, ...rest } = document;
  const refusal = refuseId(id);
  if (refusal !== null || typeof id !== 'string') return { kind: 'refused', reason: refusal ?? 'no id' };
  const shaped = segments === undefined || isStringList(segments);
  const text = JSON.stringify(shaped ? { id, ...rest } : document);
  const bytes = Buffer.byteLength(text);
  const isLong = bytes > MAX_DOCUMENT_BYTES;
  const row = {
    id,
    document: isLong ? JSON.stringify({ id, sha256: createHash('sha256').update(text).digest('hex') }) : text,
    longDocument: isLong ? text : null,
    segments: shaped && segments !== undefined ? segments : [],
    bytes,
    plain: !FOREIGN_TEXT.test(text),
    fault: faultOf(shaped, bytes, segmentsField),
  };
  return { kind: 'row', row };
}

function faultOf(shaped: boolean, bytes: number, segmentsField: string): string | null {
  if (!shaped) return `"${segmentsField}" is not a list of strings`;
  if (bytes > MAX_DOCUMENT_BYTES)
    return `the document has ${bytes} bytes; at most ${MAX_DOCUMENT_BYTES} are evaluated`;
  return null;
}

function refuseId(id: unknown): string | null {
  if (typeof id !== 'string') return '"id" is not a string';
  const bytes = Buffer.byteLength(id);
  if (bytes === 0 || bytes > MAX_ID_BYTES) return `"id" has ${bytes} bytes; 1 to ${MAX_ID_BYTES} are allowed`;
  if (id.includes('\u0000') || Buffer.from(id).toString() !== id) return '"id" is not well-formed text';
  return null;
}

export function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isStringList(value: unknown): value is readonly string[] {
  return Array.isArray(value) && value.every((item) => typeof item === 'string');
}
