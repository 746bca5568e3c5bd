import type { MetProfile, ProfilePage, SetAsideProfile } from '../domain/profile.ts';
import { EMPTY_TALLY, TallyCounter } from '../domain/tally.ts';
import { ChangeWriter, type ChangeWriterParts, type Evaluated } from './change-writer.ts';
import type { EvaluatedChange } from './page-evaluator.ts';

/**
 * Pages with few changes share a write: it has a fixed cost, and after each Elasticsearch refreshes the index, which
 * took a tenth of its processor time. What a crash repeats is bounded by the portion's age.
 */
const PORTION_CHANGES = 1_000;
const PORTION_MS = 10_000;
/** Evaluated in one go, some milliseconds: until it ends, no other batch of this process can ask for its next page. */
const SLICE_PROFILES = 500;

export interface PageWriterParts extends ChangeWriterParts {
  /** Everything before `next` is written and in the counter. */
  readonly onWritten: (next: string | null) => void;
}

/** What one or more pages in a row came to: written together. */
interface Portion {
  /** By id: a profile can be met twice, in two documents or when a lost range is read again. */
  readonly changes: Map<string, EvaluatedChange>;
  readonly segments: Set<string>;
  readonly setAside: SetAsideProfile[];
  readonly tally: TallyCounter;
  /** By `performance.now()`, milliseconds. */
  readonly startedAt: number;
  /** Where the page after its last one starts; undefined while it holds no page to its end. */
  next: string | null | undefined;
}

/**
 * Evaluates the pages of a batch and writes what changed, portion by portion and one at a time, beside the reading
 * and evaluating of the pages that follow.
 */
export class PageWriter {
  readonly #writer: ChangeWriter;
  readonly #counter: TallyCounter;
  readonly #onWritten: PageWriterParts['onWritten'];
  #portion = startPortion();
  #writing: Promise<void> = Promise.resolve();

  constructor({ onWritten, ...parts }: PageWriterParts) {
    this.#writer = new ChangeWriter(parts);
    this.#counter = parts.counter;
    this.#onWritten = onWritten;
  }

  /** Resolves when the next page may come; throws what an earlier write has thrown. */
  async take({ met, passed, next }: ProfilePage): Promise<void> {
    const tally = new TallyCounter(EMPTY_TALLY);
    tally.totals.passed += passed;
    // Both go with the page's end, into the portion that moves the cursor past it: a retry meets the page again until then.
    const setAside: SetAsideProfile[] = [];
    for (const slice of slicesOf(met)) {
      const evaluated = this.#writer.evaluate(slice, tally);
      await this.#addChanges(evaluated);
      setAside.push(...evaluated.setAside);
      await turn();
    }
    const portion = this.#portion;
    portion.setAside.push(...setAside);
    portion.tally.add(tally);
    portion.next = next;
    if (next === null || isWorthWriting(portion)) await this.#startWriting();
  }

  /** Waits for the write under way, and throws what it throws. */
  written(): Promise<void> {
    return this.#writing;
  }

  /** Of documents of one id, each is written when the write before it is known. */
  async #addChanges({ changes, segments }: Evaluated): Promise<void> {
    const byId = new Map(changes.map((each) => [each.change.id, each]));
    const others = changes.filter((each) => byId.get(each.change.id) !== each);
    const isInHand = [...byId.keys()].some((id) => this.#portion.changes.has(id));
    if (isInHand || others.length > 0) await this.#startWriting();
    const portion = this.#portion;
    for (const [id, each] of byId) portion.changes.set(id, each);
    for (const id of segments) portion.segments.add(id);
    if (others.length === 0) return;
    await this.#startWriting();
    await this.#addChanges({ changes: others, segments });
  }

  async #startWriting(): Promise<void> {
    await this.#writing;
    const portion = this.#portion;
    this.#portion = startPortion();
    this.#writing = this.#write(portion);
    // Met by whoever waits for it next; until then it must not count as unhandled.
    this.#writing.catch(() => undefined);
  }

  async #write({ changes, segments, setAside, tally, next }: Portion): Promise<void> {
    await this.#writer.write({ changes: [...changes.values()], segments });
    await this.#writer.setAside(setAside);
    this.#counter.add(tally);
    if (next !== undefined) this.#onWritten(next);
  }
}

/** Lets what has come meanwhile have its turn. */
function turn(): Promise<void> {
  return new Promise((resolve) => {
    setImmediate(resolve);
  });
}

function* slicesOf(met: Iterable<MetProfile>): Generator<readonly MetProfile[]> {
  let slice: MetProfile[] = [];
  for (const each of met) {
    slice.push(each);
    if (slice.length < SLICE_PROFILES) continue;
    yield slice;
    slice = [];
  }
  if (slice.length > 0) yield slice;
}

function startPortion(): Portion {
  return {
    changes: new Map(),
    segments: new Set(),
    setAside: [],
    tally: new TallyCounter(EMPTY_TALLY),
    startedAt: performance.now(),
    next: undefined,
  };
}

/** A portion without changes costs nothing to write, and moves the resume point. */
function isWorthWriting({ changes, startedAt }: Portion): boolean {
  return changes.size === 0 || changes.size >= PORTION_CHANGES || performance.now() - startedAt >= PORTION_MS;
}
