import type { estypes } from '@elastic/elasticsearch';
import { isRecord } from './records.ts';

/** How every hit begins. Inside a text quotes are escaped, so only another object can begin like it. */
const HIT = '{"_index":"';
/** How an answer ends: its list of hits, the object around that, and the answer. */
const END = ']}}';

/**
 * Hits of an answer, each parsed when it is asked for: a page parsed whole is tens of thousands of objects that live
 * as long as the page does, and to collect them took a third of a worker's processor time.
 */
export interface Hits extends Iterable<estypes.SearchHit> {
  /** One too many for each object of a document that looks like a hit and lies in a list behind another one. */
  readonly length: number;
  last(): estypes.SearchHit | null;
}

/** The answer of a search: all of it but the hits, and those. */
export function splitAnswer(text: string): {
  readonly rest: Readonly<Record<string, unknown>>;
  readonly hits: Hits;
} {
  const first = text.indexOf(`[${HIT}`) + 1;
  if (first === 0 || !text.endsWith(END)) return parseWhole(text);
  const end = text.length - END.length;
  const rest = parseJson(text.slice(0, first) + END);
  return isRecord(rest) ? { rest, hits: new HitTexts(text, startsOf(text, first), end) } : parseWhole(text);
}

/** What has no hits, or writes them as no server is known to. */
function parseWhole(text: string): ReturnType<typeof splitAnswer> {
  const { hits, ...rest } = JSON.parse(text) as estypes.SearchResponse;
  const found = hits.hits;
  const iterate = (): Iterator<estypes.SearchHit> => found.values();
  return {
    rest,
    hits: { length: found.length, last: () => found.at(-1) ?? null, [Symbol.iterator]: iterate },
  };
}

function startsOf(text: string, first: number): readonly number[] {
  const starts = [first];
  for (let at = text.indexOf(`,${HIT}`, first); at >= 0; at = text.indexOf(`,${HIT}`, at + 1))
    starts.push(at + 1);
  return starts;
}

class HitTexts implements Hits {
  readonly length: number;
  readonly #text: string;
  readonly #starts: readonly number[];
  readonly #end: number;

  constructor(text: string, starts: readonly number[], end: number) {
    this.length = starts.length;
    this.#text = text;
    this.#starts = starts;
    this.#end = end;
  }

  *[Symbol.iterator](): Generator<estypes.SearchHit> {
    for (let from = 0; from < this.length; from += 1) {
      const hit = this.#parse(from, from + 1);
      if (hit === null) return yield* this.#parseRest(from);
      yield hit;
    }
  }

  last(): estypes.SearchHit | null {
    for (let from = this.length - 1; from >= 0; from -= 1) {
      const hit = this.#parse(from, this.length);
      if (hit !== null) return hit;
    }
    return null;
  }

  /**
   * What looked like the next hit lies inside of this one, which is no JSON without it. With all behind it in one go:
   * to try it with one look-alike more each time would take a document of many of them hours.
   */
  #parseRest(from: number): readonly estypes.SearchHit[] {
    const rest = parseJson(`[${this.#text.slice(this.#starts[from], this.#end)}]`);
    if (!Array.isArray(rest)) throw new Error('Elasticsearch answered a hit that is no JSON');
    return rest as estypes.SearchHit[];
  }

  #parse(from: number, to: number): estypes.SearchHit | null {
    const next = this.#starts[to];
    const hit = parseJson(this.#text.slice(this.#starts[from], next === undefined ? this.#end : next - 1));
    return hit === undefined ? null : (hit as estypes.SearchHit);
  }
}

/** undefined for what is no JSON. */
function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}
