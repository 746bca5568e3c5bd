import type { SetAsideProfile, StoredProfile } from '../domain/profile.ts';
import type { BatchRecord, RunRecord } from '../domain/run.ts';
import { EMPTY_TALLY, TallyCounter } from '../domain/tally.ts';
import { idsOf, without, type Due } from './due.ts';
import type { Ledger } from './ledger.ts';
import type { EvaluatedPage, PageEvaluator } from './page-evaluator.ts';
import type { ProfileScan, ProfileStore, WriteOutcome } from './profile-store.ts';

/** A profile that conflicts this often in a row is written by others faster than we can read it: set aside. */
const CONFLICT_ROUNDS = 5;

export interface PageWriterParts {
  readonly profiles: Pick<ProfileStore, 'writeChanges'>;
  readonly ledger: Pick<Ledger, 'recordSetAside'>;
  readonly scan: Pick<ProfileScan, 'readProfiles' | 'olderCopies'>;
  readonly run: RunRecord;
  readonly batch: BatchRecord;
  readonly due: Due;
  readonly counter: TallyCounter;
  readonly evaluatorOf: (due: Due) => PageEvaluator;
}

/**
 * Evaluates pages and writes what changed. A conflicting profile is read again and evaluated again; segments
 * for which a newer slot has begun are dropped, and the page evaluated again without them.
 */
export class PageWriter {
  readonly #parts: PageWriterParts;
  #evaluator: PageEvaluator;

  constructor(parts: PageWriterParts) {
    this.#parts = parts;
    this.#evaluator = parts.evaluatorOf(this.#active());
  }

  async write(profiles: readonly StoredProfile[]): Promise<void> {
    const { counter, scan } = this.#parts;
    let todo = profiles;
    for (let round = 0; todo.length > 0; round += 1) {
      if (round === CONFLICT_ROUNDS) return this.#giveUp(todo);
      const again = await this.#writeOnce(todo);
      counter.totals.conflicts += again.length;
      todo = again.length === 0 ? [] : await scan.readProfiles(again);
    }
  }

  async setAside(profiles: readonly SetAsideProfile[]): Promise<void> {
    if (profiles.length === 0) return;
    this.#parts.counter.totals.setAside += profiles.length;
    await this.#parts.ledger.recordSetAside(this.#parts.run.runId, profiles);
  }

  /** Answers the ids to read again: those that conflicted, or all when a segment turned out superseded. */
  async #writeOnce(profiles: readonly StoredProfile[]): Promise<readonly string[]> {
    const { counter } = this.#parts;
    const attempt = new TallyCounter(EMPTY_TALLY);
    const evaluated = this.#evaluator.evaluate(profiles, attempt);
    const older = await this.#olderCopies(profiles, evaluated);
    if (older.length > 0) {
      await this.setAside(older);
      const ids = new Set(older.map(({ id }) => id));
      return this.#writeOnce(profiles.filter(({ id }) => !ids.has(id)));
    }
    const outcome = await this.#send(evaluated);
    if (outcome.kind === 'superseded') {
      for (const id of outcome.segments) counter.superseded.add(id);
      this.#evaluator = this.#parts.evaluatorOf(this.#active());
      return profiles.map(({ id }) => id);
    }
    counter.add(attempt);
    counter.totals.changed += outcome.written;
    counter.totals.reverted += outcome.reverted;
    await this.setAside([...evaluated.setAside, ...outcome.refused]);
    return outcome.conflicts;
  }

  /** Only of profiles that change, which are few. What a retired segment left behind goes from older copies too. */
  async #olderCopies(
    profiles: readonly StoredProfile[],
    { changes }: EvaluatedPage,
  ): Promise<readonly SetAsideProfile[]> {
    const { scan, due } = this.#parts;
    if (changes.length === 0 || due.retired.length > 0) return [];
    const ids = new Set(changes.map(({ id }) => id));
    return (await scan.olderCopies?.(profiles.filter(({ id }) => ids.has(id)))) ?? [];
  }

  async #send({ changes }: EvaluatedPage): Promise<WriteOutcome> {
    const { run, batch, profiles } = this.#parts;
    if (run.mode !== 'write' || changes.length === 0)
      return { kind: 'written', written: changes.length, conflicts: [], reverted: 0, refused: [] };
    const segments = idsOf(this.#active());
    const { runId, slot, force } = run;
    return profiles.writeChanges({
      runId,
      scan: batch.scan,
      batch: batch.batch,
      segments,
      slot,
      force,
      changes,
    });
  }

  #active(): Due {
    return without(this.#parts.due, this.#parts.counter.superseded);
  }

  async #giveUp(profiles: readonly StoredProfile[]): Promise<void> {
    const reason = `written by others ${CONFLICT_ROUNDS} times in a row while it was evaluated`;
    await this.setAside(profiles.map(({ id }) => ({ id, reason })));
  }
}
