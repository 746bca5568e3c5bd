import { z } from 'zod';
import { parseJson, printFlow, toFlow } from './tracardi-flow.ts';

/** The flow that a definition names, as it travels with the definition. `file` is relative to the same folder. */
export type FlowFile =
  | { readonly file: string; readonly content: string }
  | { readonly file: string; readonly problem: string }
  /** Why there is nothing to say of its content. */
  | { readonly file: string; readonly unreadable: string };

/** A record of Tracardi's flow index: its graph lies in `production`, packed. */
const FlowRecord = z.object({
  id: z.string().nullish(),
  name: z.string().nullish(),
  production: z.string().nullish(),
  draft: z.string().nullish(),
});

export type UnpackFlow = (packed: string) => string;

/**
 * A flow file's text, reduced to what decides what the flow does: an export of Tracardi is nearly all forms and
 * documentation. `unpack` opens base64 text of a gzip or of JSON.
 */
export function toFlowFile(file: string, text: string, unpack: UnpackFlow): FlowFile {
  const json = parseJson(text);
  if (json.kind === 'unreadable') return { file, problem: json.reason };
  const opened = openRecord(json.value, unpack);
  if (opened.kind === 'unreadable') return { file, problem: opened.reason };
  const read = toFlow(opened.value);
  return read.kind === 'unreadable'
    ? { file, problem: read.reason }
    : { file, content: printFlow(read.flow) };
}

/** Opens a record of the flow index, also inside its search hit; anything else is taken for the flow itself. */
export function openRecord(value: unknown, unpack: UnpackFlow): ReturnType<typeof parseJson> {
  const source = isObject(value) && isObject(value['_source']) ? value['_source'] : value;
  const record = FlowRecord.safeParse(source);
  if (!record.success || (isObject(source) && 'flowGraph' in source)) return { kind: 'json', value: source };
  const { id, name, production, draft } = record.data;
  const packed = nonEmpty(production) ?? nonEmpty(draft);
  if (packed === null)
    return { kind: 'unreadable', reason: 'has neither flowGraph nor production nor draft: it holds no flow' };
  const inner = parseJson(unpackOrEmpty(packed, unpack));
  if (inner.kind === 'unreadable')
    return { kind: 'unreadable', reason: 'its production is not base64 of a (gzipped) JSON flow' };
  return { kind: 'json', value: isObject(inner.value) ? { ...inner.value, id, name } : inner.value };
}

function unpackOrEmpty(packed: string, unpack: UnpackFlow): string {
  try {
    return unpack(packed);
  } catch {
    // Whatever is wrong with it, what is left is no JSON, and that is what the caller says.
    return '';
  }
}

function nonEmpty(text: string | null | undefined): string | null {
  return text === null || text === undefined || text === '' ? null : text;
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
