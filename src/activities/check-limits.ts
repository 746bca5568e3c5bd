import { RunNotFound } from '../domain/errors.ts';
import { brokenLimit } from '../domain/limits.ts';
import type { PinnedDefinitions } from './definitions.ts';
import type { Ledger } from './ledger.ts';
import { isRunnable } from './runnable.ts';

export interface CheckLimitsDeps {
  readonly ledger: Ledger;
  readonly readDefinitions: (hash: string | null) => Promise<PinnedDefinitions>;
}

export function createCheckLimits({ ledger, readDefinitions }: CheckLimitsDeps) {
  /** What a count run would break, in words; null when its segments may be written. */
  async function checkLimits({ countRunId }: { readonly countRunId: string }): Promise<string | null> {
    const run = await ledger.readRun(countRunId);
    if (run === null) throw new RunNotFound(`The ledger has no run ${countRunId}.`);
    const { definitions } = await readDefinitions(run.definitions);
    const limits = new Map(definitions.filter(isRunnable).map(({ segment }) => [segment.id, segment]));
    const broken = run.segments.flatMap(({ id, members, entered, left }) => {
      const segment = limits.get(id);
      const reason = segment === undefined ? null : brokenLimit(segment, members, members + entered - left);
      return reason === null ? [] : [`${id} ${reason}`];
    });
    return broken.length === 0 ? null : broken.join('; ');
  }

  return { checkLimits };
}
