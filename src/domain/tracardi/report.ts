import { stringify } from 'yaml';
import { parseDefinition, type Definition } from '../definition.ts';
import type { FlowFile } from '../flow/flow-file.ts';

export type Outcome = 'carried over' | 'not carried over' | 'stays in Tracardi';

/** What became of one thing of Tracardi's. */
export interface ReportEntry {
  readonly outcome: Outcome;
  /** What it is in Tracardi, by its name there. */
  readonly subject: string;
  /** The definition that was written for it. */
  readonly file: string | null;
  readonly notes: readonly string[];
}

export function entry(
  outcome: Outcome,
  subject: string,
  notes: readonly string[],
  file: string | null = null,
): ReportEntry {
  return { outcome, subject, file, notes };
}

/** A segment that loads, with what is told about it. */
export interface ImportedSegment {
  readonly definition: Definition;
  /** The flow file to write beside it. */
  readonly flow: { readonly file: string; readonly content: string } | null;
  readonly subject: string;
  readonly notes: readonly string[];
}

export type Written =
  | { readonly kind: 'definition'; readonly definition: Definition }
  | { readonly kind: 'refused'; readonly reasons: readonly string[] };

/** Writes a definition as its author would, and reads it again: what does not load is no definition. */
export function writeDefinition(
  keys: Readonly<Record<string, unknown>> & { readonly id: string },
  origin: string,
  flow?: FlowFile,
): Written {
  const given = Object.fromEntries(Object.entries(keys).filter(([, value]) => value !== undefined));
  const content = `# From Tracardi: ${origin.replaceAll(/\s+/g, ' ')}\n${stringify(given, { lineWidth: 0 })}`;
  const source = { file: `${keys.id}.yaml`, content, ...(flow === undefined ? {} : { flow }) };
  const parsed = parseDefinition(source);
  return parsed.kind === 'definition'
    ? parsed
    : { kind: 'refused', reasons: parsed.problems.map(({ message }) => message) };
}
