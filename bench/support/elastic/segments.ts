import type { DefinitionSource } from '../../../src/domain/definition.ts';

/** A segment as people write it, and the same test by hand over the fields it reads. */
export interface BenchSegment {
  readonly id: string;
  readonly condition: string;
  readonly matches: (profile: BenchFields, now: number) => boolean;
}

/** What the conditions read, as both scripts fetch it from `_source`. */
export interface BenchFields {
  readonly active?: boolean;
  readonly stats?: {
    readonly visits: number;
    readonly orders: number;
    readonly spend: number;
    readonly units: number;
  };
  readonly data?: {
    readonly contact?: { readonly address?: { readonly country?: string | null } };
    readonly devices?: { readonly last?: { readonly type?: string | null } };
  };
  readonly metadata?: { readonly time?: { readonly visit?: { readonly last?: string } } };
  readonly segments?: readonly string[];
}

const COUNTRIES = ['BR', 'FR', 'JP', 'PL', 'DE'] as const;
const DAY = 86_400_000;

/** Elasticsearch decides these alone: keyword, boolean and date fields. */
export const EXACT: readonly BenchSegment[] = Array.from({ length: 20 }, (_, index) => {
  const country = COUNTRIES[index % COUNTRIES.length] ?? 'DE';
  const days = 3 + index * 4;
  return {
    id: `exact-${index}`,
    condition: `profile@data.contact.address.country == "${country}" AND profile@metadata.time.visit.last > now.offset("-${days}d") AND profile@active == TRUE`,
    matches: ({ data, metadata, active }, now) =>
      active === true &&
      data?.contact?.address?.country === country &&
      Date.parse(metadata?.time?.visit?.last ?? '') > now - days * DAY,
  };
});

/** Numbers in a flattened field, which Elasticsearch keeps as text: every profile has to be looked at. */
export const FULL: readonly BenchSegment[] = Array.from({ length: 20 }, (_, index) => {
  const visits = 8 + index * 4;
  const spend = 50 + index * 150;
  return {
    id: `full-${index}`,
    condition: `profile@stats.visits >= ${visits} AND profile@stats.spend > ${spend}`,
    matches: ({ stats }) => stats !== undefined && stats.visits >= visits && stats.spend > spend,
  };
});

/** The same tests, each by the name of another: who is a member of some changes, and a run of FULL changes it back. */
export const SWAPPED: readonly BenchSegment[] = FULL.toReversed().map((segment, index) => ({
  ...segment,
  id: `full-${index}`,
}));

/** Scheduled for once a year: no run of a schedule gets into a measurement. */
export function definitionsOf(segments: readonly BenchSegment[]): readonly DefinitionSource[] {
  return segments.map(({ id, condition }) => ({
    file: `${id}.yaml`,
    content: `id: ${id}\nkind: live\ncron: '0 12 1 1 *'\ncondition: '${condition}'\n`,
  }));
}
