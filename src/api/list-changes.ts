import { findRunnable } from '../activities/find-runnable.ts';
import type { PinnedDefinitions } from '../activities/definitions.ts';
import type { Ledger } from '../activities/ledger.ts';
import { isRunnable } from '../activities/runnable.ts';
import type { ChangesPage } from './operations.ts';

export interface ListChangesDeps {
  readonly ledger: Pick<Ledger, 'readChanges'>;
  readonly readDefinitions: (hash: string | null) => Promise<PinnedDefinitions>;
}

export interface ChangesRequest {
  /** A segment's id; where no definition has it, a value, whoever wrote it. */
  readonly id: string;
  readonly runId?: string;
  readonly after?: string;
  readonly limit: number;
}

/**
 * Who entered and left. The log outlives the definitions, so a segment that was pruned or renamed answers by
 * its value. Throws SegmentNotFound for what is neither a segment nor a value that was ever logged.
 */
export async function listChanges(
  { ledger, readDefinitions }: ListChangesDeps,
  { id, limit, ...range }: ChangesRequest,
): Promise<ChangesPage> {
  const pinned = await readDefinitions(null);
  const known = valuesOf(pinned, id);
  const values = known.length > 0 ? known : [id];
  const found = await ledger.readChanges({ values, ...range, limit: limit + 1 });
  const changes = found.slice(0, limit);
  const next = found.length > limit ? (changes.at(-1)?.cursor ?? null) : null;
  if (changes.length > 0 || known.length > 0) return { changes, next };
  const [logged] = await ledger.readChanges({ values, limit: 1 });
  if (logged === undefined) findRunnable(pinned, id);
  return { changes, next };
}

/** Of its definition, and those it had before, as long as profiles carry them. */
function valuesOf({ definitions, retired }: PinnedDefinitions, id: string): readonly string[] {
  const defined = definitions.filter(isRunnable).filter(({ segment }) => segment.id === id);
  return [...defined, ...retired.filter((each) => each.id === id)].flatMap(({ values }) => values);
}
