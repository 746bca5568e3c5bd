/** A mapping as JSON: what the server gives, including what this client's types do not know. */
export type Property = Readonly<Record<string, unknown>>;

/** What the index's settings say for fields that say nothing themselves. */
export interface IndexDefaults {
  readonly coerce: boolean;
  readonly ignoreMalformed: boolean;
  readonly ignoreAbove: number | null;
  /** A document notes the keyword fields that have left a text out. */
  readonly tracesIgnored: boolean;
  /** A number of four to ten digits below zero is taken for a year before Christ in a date field. */
  readonly bcNumbers: boolean;
  /** New fields beyond the limit of fields are left out. */
  readonly dropsFields: boolean;
  /** Texts are searched by another analyzer than they are indexed by, unless their field says otherwise. */
  readonly searchAnalyzer: boolean;
}

export function toProperty(value: unknown): Property {
  return typeof value === 'object' && value !== null ? Object.fromEntries(Object.entries(value)) : {};
}

export function isTrue(value: unknown): boolean {
  return value === true || value === 'true';
}

/** A parameter that is one word; anything else is not there. */
export function wordOf(value: unknown): string | undefined {
  return typeof value === 'string' || typeof value === 'boolean' ? String(value) : undefined;
}
