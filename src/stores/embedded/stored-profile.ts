import type { StoredProfile } from '../../domain/profile.ts';
import { isRecord } from './profile-rows.ts';

interface ProfileText {
  readonly text: string;
  readonly segmentsField: string;
}

type ProfileState = Omit<StoredProfile, 'id' | 'document' | 'matchedQueries'>;

/** The embedded store has no queries, and segments that are one are not loaded on it. */
const NO_QUERIES: readonly string[] = [];

/**
 * A profile that parses its document when it is read, each time: a page of thousands then holds texts, and the
 * objects of one profile are garbage before those of the next are made. Keeping them costs a third of a scan.
 */
export class EmbeddedProfile implements StoredProfile {
  readonly id: string;
  readonly segments: readonly string[];
  readonly segmentsBefore: readonly string[];
  readonly settled: boolean;
  readonly candidate: boolean;
  readonly matchedQueries = NO_QUERIES;
  readonly version: unknown;
  readonly #text: string;
  readonly #segmentsField: string;

  constructor({ text, segmentsField }: ProfileText, state: ProfileState) {
    this.id = idOf(text);
    this.segments = state.segments;
    this.segmentsBefore = state.segmentsBefore;
    this.settled = state.settled;
    this.candidate = state.candidate;
    this.version = state.version;
    this.#text = text;
    this.#segmentsField = segmentsField;
  }

  get document(): Readonly<Record<string, unknown>> {
    const document = parse(this.#text);
    document[this.#segmentsField] = this.segmentsBefore;
    return document;
  }
}

function parse(text: string): Record<string, unknown> {
  const document: unknown = JSON.parse(text);
  if (!isRecord(document)) throw new Error(`a stored document is not an object: ${text.slice(0, 80)}`);
  return document;
}

/** Documents are written with the id in front, unless a key is a number; an id with escapes is parsed too. */
const ID_IN_FRONT = /^\{"id":"([^"\\]*)"/;

function idOf(text: string): string {
  return ID_IN_FRONT.exec(text)?.[1] ?? String(parse(text)['id']);
}
