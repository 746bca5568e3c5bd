/** Random numbers that a failure can be repeated with: the seed is printed, and `STRATA_FAULT_SEED` gives it back. */
export interface Seeded {
  readonly seed: number;
  /** From 0 to below `limit`. */
  readonly below: (limit: number) => number;
}

/** mulberry32, by Tommy Ettinger: 32 bits of state are plenty for a few delays. */
export function createSeeded(): Seeded {
  const seed = Number(process.env['STRATA_FAULT_SEED'] ?? Math.floor(Math.random() * 2 ** 31));
  console.log(`[faults] seed ${seed}; STRATA_FAULT_SEED=${seed} takes the same delays again`);
  let state = seed;
  const below = (limit: number): number => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return Math.floor((((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32) * limit);
  };
  return { seed, below };
}
