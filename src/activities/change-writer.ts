import type { MetProfile, SetAsideProfile } from '../domain/profile.ts';
import type { BatchRecord, RunRecord, SampleChange } from '../domain/run.ts';
import type { TallyCounter } from '../domain/tally.ts';
import { idsOf, without, type Due } from './due.ts';
import type { Ledger } from './ledger.ts';
import type { EvaluatedChange, PageEvaluator } from './page-evaluator.ts';
import type { ProfileScan, ProfileStore, WriteOutcome } from './profile-store.ts';

/** A profile that conflicts this often in a row is written by others faster than we can read it: set aside. */
const CONFLICT_ROUNDS = 5;

export interface ChangeWriterParts {
  readonly profiles: Pick<ProfileStore, 'writeChanges'>;
  readonly ledger: Pick<Ledger, 'recordSetAside'>;
  readonly scan: Pick<ProfileScan, 'readProfiles' | 'olderCopies'>;
  readonly run: RunRecord;
  readonly batch: BatchRecord;
  readonly due: Due;
  readonly counter: TallyCounter;
  readonly evaluatorOf: (due: Due) => PageEvaluator;
}

/** Changes, and the segments they were evaluated for: all that they can be of, and each is fenced. */
export interface Evaluated {
  readonly changes: readonly EvaluatedChange[];
  readonly segments: ReadonlySet<string>;
}

/**
 * Evaluates profiles and writes what changed. A conflicting profile is read again and evaluated again; segments for
 * which a newer slot has begun are dropped, and what had changed is evaluated again without them.
 */
export class ChangeWriter {
  readonly #parts: ChangeWriterParts;
  #active: Active;

  constructor(parts: ChangeWriterParts) {
    this.#parts = parts;
    this.#active = activeOf(parts);
  }

  /** By the segments that are not known to be superseded yet. */
  evaluate(
    met: Iterable<MetProfile>,
    tally: TallyCounter,
  ): Evaluated & { readonly setAside: readonly SetAsideProfile[] } {
    const { evaluator, segments } = this.#active;
    return { ...evaluator.evaluate(met, tally), segments };
  }

  /** Counts what it writes; changes of one call are of different profiles. */
  async write(evaluated: Evaluated): Promise<void> {
    let todo = await this.#withoutOlderCopies(evaluated);
    let writes = 0;
    while (todo.changes.length > 0) {
      const outcome = await this.#send(todo);
      if (outcome.kind === 'superseded') {
        this.#drop(outcome.segments);
        todo = await this.#evaluateAgain(todo.changes);
        continue;
      }
      this.#count(todo.changes, outcome);
      await this.setAside(outcome.refused);
      writes += 1;
      if (writes === CONFLICT_ROUNDS) return this.#giveUp(outcome.conflicts);
      const conflicts = new Set(outcome.conflicts);
      todo = await this.#evaluateAgain(todo.changes.filter(({ change }) => conflicts.has(change.id)));
    }
  }

  async setAside(profiles: readonly SetAsideProfile[]): Promise<void> {
    if (profiles.length === 0) return;
    const { counter } = this.#parts;
    counter.totals.setAside += profiles.length;
    for (const id of this.#active.evaluator.ids) counter.segment(id).errors += profiles.length;
    await this.#parts.ledger.recordSetAside(this.#parts.run.runId, profiles);
  }

  #drop(superseded: readonly string[]): void {
    for (const id of superseded) this.#parts.counter.superseded.add(id);
    this.#active = activeOf(this.#parts);
  }

  async #evaluateAgain(changes: readonly EvaluatedChange[]): Promise<Evaluated> {
    const { scan, counter } = this.#parts;
    const known = changes.map(({ change }) => change);
    const profiles = known.length === 0 ? [] : await scan.readProfiles(known);
    const met = profiles.map((profile) => ({ kind: 'profile' as const, profile }));
    const evaluated = this.evaluate(met, counter);
    await this.setAside(evaluated.setAside);
    return this.#withoutOlderCopies(evaluated);
  }

  /** Only of profiles that change, which are few. What a retired segment left behind goes from older copies too. */
  async #withoutOlderCopies({ changes, segments }: Evaluated): Promise<Evaluated> {
    const { scan, due } = this.#parts;
    if (changes.length === 0 || due.retired.length > 0) return { changes, segments };
    const older = (await scan.olderCopies?.(changes.map(({ change }) => change))) ?? [];
    await this.setAside(older);
    const ids = new Set(older.map(({ id }) => id));
    return { changes: changes.filter(({ change }) => !ids.has(change.id)), segments };
  }

  async #send({ changes: evaluated, segments }: Evaluated): Promise<WriteOutcome> {
    const { run, batch, profiles } = this.#parts;
    const { runId, slot, force } = run;
    if (run.mode !== 'write')
      return { kind: 'written', written: evaluated.length, conflicts: [], reverted: 0, refused: [] };
    return profiles.writeChanges({
      runId,
      scan: batch.scan,
      batch: batch.batch,
      segments: [...segments],
      slot,
      force,
      changes: evaluated.map(({ change }) => change),
    });
  }

  #count(
    changes: readonly EvaluatedChange[],
    { written, conflicts, reverted, refused }: Extract<WriteOutcome, { kind: 'written' }>,
  ): void {
    const { counter, run } = this.#parts;
    counter.totals.changed += written;
    counter.totals.conflicts += conflicts.length;
    counter.totals.reverted += reverted;
    const unwritten = new Set([...conflicts, ...refused.map(({ id }) => id)]);
    const count = counter.count.bind(counter);
    for (const each of changes) {
      if (unwritten.has(each.change.id)) continue;
      each.forEachPart(count);
      if (!each.candidate) counter.totals.drift += 1;
      if (run.mode !== 'write') counter.keep(toSample(each));
    }
  }

  async #giveUp(ids: readonly string[]): Promise<void> {
    const reason = `written by others ${CONFLICT_ROUNDS} times in a row while it was evaluated`;
    await this.setAside(ids.map((id) => ({ id, reason })));
  }
}

/** What is left to evaluate for. */
interface Active {
  readonly evaluator: PageEvaluator;
  readonly segments: ReadonlySet<string>;
}

function activeOf({ due, counter, evaluatorOf }: ChangeWriterParts): Active {
  const active = without(due, counter.superseded);
  return { evaluator: evaluatorOf(active), segments: new Set(idsOf(active)) };
}

/** For people to look at, where nothing is written. */
function toSample({ change: { id, entered, left }, forEachPart }: EvaluatedChange): SampleChange {
  const segments: string[] = [];
  forEachPart((segment) => segments.push(segment));
  return { id, entered, left, segments };
}
