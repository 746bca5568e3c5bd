/** 8 MB of bits, and how many of them an id sets: of two million other ids one in 20,000 looks logged. */
const BITS = 2 ** 26;
const BITS_AN_ID = 5;
/** With more ids than this nearly every request would have one that looks logged. */
const MOST_IDS = 4_000_000;

/** Which profiles the log surely has no line of, for a run and scan. */
export interface LoggedIds {
  add(run: number, scan: number, id: string): void;
  /** False only when nothing was added and the run is one that is followed. */
  mayHave(run: number, scan: number, id: string): boolean;
}

/**
 * A Bloom filter: it answers for runs that began after it was made, in the same memory however many profiles they
 * change. When it is full it starts again with the runs that are still to come.
 */
export function createLoggedIds(newestRun: number): LoggedIds {
  const words = new Uint32Array(BITS / 32);
  const bits = new Uint32Array(BITS_AN_ID);
  let before = newestRun;
  let newest = newestRun;
  let count = 0;

  function add(run: number, scan: number, id: string): void {
    newest = Math.max(newest, run);
    if (count === MOST_IDS) {
      words.fill(0);
      count = 0;
      before = newest;
    }
    if (run <= before) return;
    count += 1;
    hash(bits, run * 10 + scan, id);
    for (const bit of bits) words[bit >>> 5] = (words[bit >>> 5] ?? 0) | (1 << (bit & 31));
  }

  function mayHave(run: number, scan: number, id: string): boolean {
    if (run <= before) return true;
    hash(bits, run * 10 + scan, id);
    return bits.every((bit) => (((words[bit >>> 5] ?? 0) >>> (bit & 31)) & 1) === 1);
  }

  return { add, mayHave };
}

/** Two hashes of 32 bits, FNV-1a and the same with another prime, give all bits (Kirsch and Mitzenmacher 2006). */
function hash(bits: Uint32Array, key: number, id: string): void {
  let first = Math.imul(0x811c9dc5 ^ key, 0x01000193);
  let second = Math.imul(0x811c9dc5 ^ key, 0x85ebca6b);
  for (let index = 0; index < id.length; index += 1) {
    const unit = id.charCodeAt(index);
    first = Math.imul(first ^ unit, 0x01000193);
    second = Math.imul(second ^ unit, 0x85ebca6b);
  }
  const [start, step] = [spread(first), spread(second) | 1];
  for (let turn = 0; turn < bits.length; turn += 1) bits[turn] = (start + Math.imul(turn, step)) & (BITS - 1);
}

/** The last step of MurmurHash3: each bit of the sum moves every bit of the result. */
function spread(sum: number): number {
  let mixed = Math.imul(sum ^ (sum >>> 16), 0x85ebca6b);
  mixed = Math.imul(mixed ^ (mixed >>> 13), 0xc2b2ae35);
  return mixed ^ (mixed >>> 16);
}
