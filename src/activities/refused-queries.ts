import { UserError } from '../domain/errors.ts';
import type { LeftOut } from '../domain/run.ts';
import type { DueRequest } from './choose-due.ts';
import { without, type Due } from './due.ts';
import type { ProfileStore } from './profile-store.ts';

interface Chosen {
  readonly due: Due;
  readonly leftOut: readonly LeftOut[];
}

/**
 * One query that the server refuses would fail the shared scan of all segments, so its segment alone is left out:
 * what a query may ask changes with the mapping, and only the server knows. Where a person has named the segment,
 * it is a UserError.
 */
export async function leaveOutRefused(
  { queries }: Pick<ProfileStore, 'queries'>,
  { due, leftOut }: Chosen,
  { segmentIds }: Pick<DueRequest, 'segmentIds'>,
): Promise<Chosen> {
  const asked = due.definitions.flatMap(({ segment }) =>
    segment.kind === 'live' && segment.query !== undefined ? [{ id: segment.id, query: segment.query }] : [],
  );
  if (queries === null || asked.length === 0) return { due, leftOut };
  const reasons = await queries.refused(asked.map(({ query }) => query));
  const refused = asked.flatMap(({ id, query }) => {
    const reason = reasons.get(query);
    return reason === undefined ? [] : [{ id, reason: `Elasticsearch refuses its query: ${reason}` }];
  });
  const [first] = refused;
  if (first !== undefined && segmentIds !== null)
    throw new UserError(`Segment "${first.id}" is not computed: ${first.reason}`);
  return {
    due: without(due, new Set(refused.map(({ id }) => id))),
    leftOut: [...leftOut, ...refused],
  };
}
