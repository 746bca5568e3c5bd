/** Hits of one page: enough that its fixed cost vanishes, few enough that pages in flight stay small. */
const MAX_HITS = 5_000;
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

export function createPageSize(): PageSize {
  let size = FIRST_HITS;
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
