import { expect } from 'vitest';
import type {
  ProfileScan,
  ProfileStore,
  ScanRequest,
  WriteRequest,
} from '../../src/activities/profile-store.ts';
import type { Ledger } from '../../src/activities/ledger.ts';
import type { ProfileChange, ProfilePage, SetAsideProfile, StoredProfile } from '../../src/domain/profile.ts';
import { aCondition, SLOT } from './builders.ts';

export type ProfileDocument = Readonly<Record<string, unknown>> & { readonly id: string };

/** One store under test, empty, and the ledger whose fences it obeys. */
export interface StoreUnderTest {
  readonly profiles: ProfileStore;
  readonly ledger: Ledger;
  /** Puts a document whole, as a tracker beside Strata would; existing profiles keep their membership. */
  readonly put: (document: Readonly<Record<string, unknown>>) => Promise<void>;
  /** The same, for many. */
  readonly load: (documents: readonly ProfileDocument[]) => Promise<void>;
  /** A document of so many characters is longer than what the store evaluates. */
  readonly longDocument: number;
  /**
   * What the store's index cannot tell: whether "gold" is a list of one, so a bracketed scan need not offer it; and
   * what it never takes in, an object where texts belong.
   */
  readonly shapesAreUnseen: boolean;
  readonly close: () => Promise<void>;
}

export function shoppers(count: number): readonly ProfileDocument[] {
  return Array.from({ length: count }, (_, index) => ({ id: `shopper-${index}`, visits: index % 50 }));
}

export function everything(scan: ScanRequest['scan'] = 'conditions'): ScanRequest {
  return { runId: 'run-1', scan, now: Date.parse(SLOT), reach: { kind: 'all' } };
}

export function bracketed(text: string, value: string): ScanRequest {
  const rules = [{ value, condition: aCondition(text), mode: 'sync' as const }];
  return { ...everything(), reach: { kind: 'bracketed', rules } };
}

export async function planOne(profiles: ProfileStore): Promise<readonly string[]> {
  const plan = await profiles
    .openScan(everything())
    .plan({ batchCandidates: () => 1_000_000, maxBatches: 10 });
  expect(plan.ranges.length).toBe(1);
  return plan.ranges;
}

/** A page whose profiles have been gone through. */
export interface ReadPage extends Omit<ProfilePage, 'met'> {
  readonly profiles: readonly StoredProfile[];
  readonly setAside: readonly SetAsideProfile[];
}

function toReadPage({ met, ...rest }: ProfilePage): ReadPage {
  const read = [...met];
  return {
    ...rest,
    profiles: read.flatMap((each) => (each.kind === 'profile' ? [each.profile] : [])),
    setAside: read.flatMap((each) => (each.kind === 'set aside' ? [each.profile] : [])),
  };
}

export async function readRange(
  scan: ProfileScan,
  range: string,
  after: string | null = null,
): Promise<readonly ReadPage[]> {
  const pages: ReadPage[] = [];
  let next = after;
  do {
    const page = toReadPage(await scan.readPage(range, next));
    pages.push(page);
    next = page.next;
  } while (next !== null);
  return pages;
}

export async function readRanges(scan: ProfileScan, ranges: readonly string[]): Promise<readonly ReadPage[]> {
  const pages = [];
  for (const range of ranges) pages.push(...(await readRange(scan, range)));
  return pages;
}

export async function readPages(
  profiles: ProfileStore,
  request = everything(),
): Promise<readonly ReadPage[]> {
  const scan = profiles.openScan(request);
  const { ranges } = await scan.plan({ batchCandidates: () => 1_000_000, maxBatches: 10 });
  return readRanges(scan, ranges);
}

/** By id: pages and profiles come in any order. */
export async function readAll(
  profiles: ProfileStore,
  request = everything(),
): Promise<readonly StoredProfile[]> {
  const read = (await readPages(profiles, request)).flatMap((page) => page.profiles);
  return read.toSorted((a, b) => (a.id < b.id ? -1 : 1));
}

export function aChange(profile: StoredProfile | undefined, entered: readonly string[]): ProfileChange {
  if (profile === undefined) throw new Error('the profile to change was not read');
  const { id, version, segments } = profile;
  return { id, version, segments: [...segments, ...entered], entered, left: [] };
}

export function write(
  profiles: ProfileStore,
  changes: readonly ProfileChange[],
  overrides: Partial<WriteRequest> = {},
) {
  return profiles.writeChanges({
    runId: 'run-1',
    scan: 'conditions',
    batch: 0,
    segments: ['gold'],
    slot: SLOT,
    force: false,
    changes,
    ...overrides,
  });
}
