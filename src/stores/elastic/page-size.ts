/** Hits of one page: each asks the whole query again, and decompresses documents at its edges that it does not answer. */
const MAX_HITS = 5_000;
/** The first page, of whole documents of any length; the few fields that conditions read are short. */
const FIRST_HITS = 1_000;
const TARGET_BYTES = 4 * 1_048_576;

/** The longest answer that is read at all; a single document longer than it is set aside. */
export const MAX_PAGE_BYTES = 16 * 1_048_576;

export interface PageSize {
  hits(): number;
  learn(hits: number, bytes: number): void;
  /** Smaller pages after one that was too large; false when it held a single document already. */
  shrink(): boolean;
}

export function createPageSize({ whole }: { readonly whole: boolean }): PageSize {
  let size = whole ? FIRST_HITS : MAX_HITS;
  return {
    hits: () => size,
    learn(hits, bytes) {
      if (hits === 0) return;
      const fitting = Math.floor(TARGET_BYTES / (bytes / hits + 1));
      size = Math.max(1, Math.min(fitting, 2 * size, MAX_HITS));
    },
    shrink() {
      if (size === 1) return false;
      size = Math.max(1, Math.floor(size / 4));
      return true;
    },
  };
}

/** What one core takes to read a profile, here and there, and to evaluate it; measured at 15 to 25 µs. */
const PROFILE_MS = 0.02;

/**
 * Every page of candidates asks the whole query again, and the server goes through the index for it each time. Where
 * that costs more than to read the profiles that it spares, it is not worth asking. `took`: milliseconds for once.
 */
export function isWorthAsking({
  profiles,
  expected,
  took,
}: {
  readonly profiles: number;
  readonly expected: number;
  readonly took: number;
}): boolean {
  const morePages = Math.floor(expected / MAX_HITS);
  return morePages * took <= (profiles - expected) * PROFILE_MS;
}
