/**
 * A list of values as one text: JSON, with a line break on both sides of each value. JSON escapes line breaks
 * inside strings, so a value is in the list exactly when the text contains `needleOf(value)`.
 */
export function toSegmentText(values: readonly string[]): string {
  if (values.length === 0) return EMPTY_SEGMENT_TEXT;
  return `[\n${values.map((value) => JSON.stringify(value)).join('\n,\n')}\n]`;
}

export const EMPTY_SEGMENT_TEXT = '[]';

export function needleOf(value: string): string {
  return `\n${JSON.stringify(value)}\n`;
}

/** Reads segment texts; profiles share few of them, so each is parsed once while it is remembered. */
export function createSegmentReader(): (text: string) => readonly string[] {
  let known = new Map<string, readonly string[]>();
  return (text) => {
    const seen = known.get(text);
    if (seen !== undefined) return seen;
    const values = fromSegmentText(text);
    if (known.size >= MAX_REMEMBERED) known = new Map();
    known.set(text, values);
    return values;
  };
}
const MAX_REMEMBERED = 10_000;

export function fromSegmentText(text: string): readonly string[] {
  const parsed: unknown = JSON.parse(text);
  return isStringArray(parsed) ? parsed : [];
}

export function isStringArray(value: unknown): value is readonly string[] {
  return Array.isArray(value) && value.every((item) => typeof item === 'string');
}
