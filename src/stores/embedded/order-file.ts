import { parse, type CsvError, type Info } from 'csv-parse';
import { createHash } from 'node:crypto';
import { createInterface } from 'node:readline';
import { Readable } from 'node:stream';
import { createGunzip } from 'node:zlib';
import { UserError } from '../../domain/errors.ts';
import { findColumns, toOrder, type ColumnIndexes, type OrderRow } from './order-row.ts';

export interface OrderSource {
  readonly stream: Readable;
  /** Column names of a headerless, blank-separated file. */
  readonly columns?: readonly string[];
}

export type FileRow =
  | { readonly kind: 'order'; readonly line: number; readonly order: OrderRow }
  | { readonly kind: 'bad'; readonly line: number; readonly reason: string; readonly text: string };

export interface OrderFile {
  readonly rows: AsyncIterable<FileRow>;
  /** SHA-256 of the uncompressed content, once all rows are read: a file and its .gz are one import. */
  contentHash(): string;
}

export function readOrderFile({ stream, columns }: OrderSource): OrderFile {
  const hash = createHash('sha256');
  const content = Readable.from(hashed(uncompressed(stream), (chunk) => hash.update(chunk)));
  const rows =
    columns === undefined ? csvRows(content) : blankSeparatedRows(content, findColumns(columns, '--columns'));
  return { rows, contentHash: () => hash.copy().digest('hex') };
}

async function* hashed(chunks: AsyncIterable<Buffer>, add: (chunk: Buffer) => void): AsyncGenerator<Buffer> {
  for await (const chunk of chunks) {
    add(chunk);
    yield chunk;
  }
}

/** Gzip is told by its first two bytes, whatever the file is called. */
async function* uncompressed(stream: Readable): AsyncGenerator<Buffer> {
  const chunks = toBuffers(stream);
  let head: Buffer = Buffer.alloc(0);
  while (head.length < 2) {
    const { value, done } = await chunks.next();
    if (done === true) break;
    head = Buffer.concat([head, value]);
  }
  const whole = prepend(head, chunks);
  if (head[0] !== 0x1f || head[1] !== 0x8b) return yield* whole;
  const gunzip = createGunzip();
  const source = Readable.from(whole);
  source.on('error', (error) => gunzip.destroy(error)).pipe(gunzip);
  try {
    yield* toBuffers(gunzip);
  } catch (cause) {
    const code = cause instanceof Error && 'code' in cause ? String(cause.code) : '';
    if (code.startsWith('Z_'))
      throw new UserError(`The file is damaged: it cannot be unzipped (${code}).`, { cause });
    throw cause;
  }
}

async function* toBuffers(stream: Readable): AsyncGenerator<Buffer> {
  for await (const chunk of stream) yield Buffer.isBuffer(chunk) ? chunk : Buffer.from(chunk);
}

async function* prepend(head: Buffer, rest: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  yield head;
  yield* rest;
}

async function* blankSeparatedRows(content: Readable, columns: ColumnIndexes): AsyncGenerator<FileRow> {
  let line = 0;
  for await (const text of createInterface({ input: content, crlfDelay: Infinity })) {
    line += 1;
    const trimmed = text.trim();
    if (trimmed !== '') yield toRow(trimmed.split(/\s+/), columns, line, text);
  }
}

/** A field as long as this is a quote that was never closed. */
const MAX_RECORD_CHARACTERS = 1_000_000;

async function* csvRows(content: Readable): AsyncGenerator<FileRow> {
  const broken: FileRow[] = [];
  const parser = parse({
    bom: true,
    info: true,
    raw: true,
    relax_column_count: true,
    skip_empty_lines: true,
    max_record_size: MAX_RECORD_CHARACTERS,
    skip_records_with_error: true,
    on_skip: (error, raw) => {
      broken.push(toBroken(error, raw));
      return undefined;
    },
  });
  content.on('error', (error) => parser.destroy(error)).pipe(parser);
  let columns: ColumnIndexes | null = null;
  for await (const { record, info, raw } of records(parser)) {
    yield* broken.splice(0);
    if (columns === null) columns = findColumns(record, 'The header');
    else yield toRow(record, columns, info.lines, raw);
  }
  yield* broken;
  if (columns === null) throw new UserError('The file is empty: not even a header is there.');
}

interface CsvRecord {
  readonly record: readonly string[];
  readonly info: Info;
  readonly raw: string;
}

/** The parser's stream is untyped; with `info` and `raw` it yields this. */
async function* records(parser: AsyncIterable<CsvRecord>): AsyncGenerator<CsvRecord> {
  yield* parser;
}

function toBroken(error: CsvError | undefined, raw: string | undefined): FileRow {
  const line = Number(error?.['lines'] ?? 0);
  return { kind: 'bad', line, reason: error?.message ?? 'no CSV', text: shown(raw ?? '') };
}

function toRow(fields: readonly string[], columns: ColumnIndexes, line: number, text: string): FileRow {
  const outcome = toOrder(fields, columns);
  if (outcome.kind === 'order') return { ...outcome, line };
  return { kind: 'bad', line, reason: outcome.reason, text: shown(text) };
}

function shown(text: string): string {
  const trimmed = text.trimEnd();
  return trimmed.length > 200 ? `${trimmed.slice(0, 200)}…` : trimmed;
}
