import type { BatchTally, SampleChange, SegmentTally } from './run.ts';

const ZERO_TOTALS = {
  passed: 0,
  evaluated: 0,
  changed: 0,
  conflicts: 0,
  setAside: 0,
  replayed: 0,
  drift: 0,
  reverted: 0,
};

export const EMPTY_TALLY: BatchTally = {
  ...ZERO_TOTALS,
  superseded: [],
  segments: {},
  sample: [],
};

/** Changes of a count run kept for people to look at, per batch and per run. */
const SAMPLE_CHANGES = 20;

const EMPTY_SEGMENT: SegmentTally = { entered: 0, left: 0, errors: 0, mismatches: 0 };

export type Totals = Omit<BatchTally, 'segments' | 'superseded' | 'sample'>;

export function addTotals(a: Totals, b: Totals): Totals {
  return {
    passed: a.passed + b.passed,
    evaluated: a.evaluated + b.evaluated,
    changed: a.changed + b.changed,
    conflicts: a.conflicts + b.conflicts,
    setAside: a.setAside + b.setAside,
    replayed: a.replayed + b.replayed,
    drift: a.drift + b.drift,
    reverted: a.reverted + b.reverted,
  };
}

export function addTallies(a: BatchTally, b: BatchTally): BatchTally {
  return {
    ...addTotals(a, b),
    superseded: [...new Set([...a.superseded, ...b.superseded])],
    segments: Object.entries(b.segments).reduce(
      (sum, [id, tally]) => ({ ...sum, [id]: addSegments(sum[id] ?? EMPTY_SEGMENT, tally) }),
      a.segments,
    ),
    sample: [...a.sample, ...b.sample].slice(0, SAMPLE_CHANGES),
  };
}

function addSegments(a: SegmentTally, b: SegmentTally): SegmentTally {
  return {
    entered: a.entered + b.entered,
    left: a.left + b.left,
    errors: a.errors + b.errors,
    mismatches: a.mismatches + b.mismatches,
  };
}

/** Counts one batch as it goes: mutable on purpose, it is touched for every changed profile. */
export class TallyCounter {
  readonly totals = { ...ZERO_TOTALS };
  readonly superseded = new Set<string>();
  readonly #sample: SampleChange[] = [];
  readonly #segments = new Map<
    string,
    { entered: number; left: number; errors: number; mismatches: number }
  >();

  constructor(start: BatchTally) {
    Object.assign(this.totals, addTotals(this.totals, start));
    this.#sample.push(...start.sample);
    for (const id of start.superseded) this.superseded.add(id);
    for (const [id, tally] of Object.entries(start.segments)) this.#segments.set(id, { ...tally });
  }

  add(other: TallyCounter): void {
    Object.assign(this.totals, addTotals(this.totals, other.totals));
    for (const [id, tally] of other.#segments) this.#segments.set(id, addSegments(this.segment(id), tally));
    this.#sample.push(...other.#sample.slice(0, SAMPLE_CHANGES - this.#sample.length));
  }

  keep(change: SampleChange): void {
    if (this.#sample.length < SAMPLE_CHANGES) this.#sample.push(change);
  }

  segment(id: string): { entered: number; left: number; errors: number; mismatches: number } {
    const known = this.#segments.get(id);
    if (known !== undefined) return known;
    const added = { ...EMPTY_SEGMENT };
    this.#segments.set(id, added);
    return added;
  }

  count(id: string, entered: number, left: number): void {
    const tally = this.segment(id);
    tally.entered += entered;
    tally.left += left;
  }

  /** As it stands now: a heartbeat is sent later, and more than once. Segments with nothing to tell are left out. */
  toTally(): BatchTally {
    const segments = [...this.#segments]
      .filter(([, tally]) => Object.values(tally).some((count) => count !== 0))
      .map(([id, tally]) => [id, { ...tally }] as const);
    return {
      ...this.totals,
      superseded: [...this.superseded],
      segments: Object.fromEntries(segments),
      sample: [...this.#sample],
    };
  }
}
