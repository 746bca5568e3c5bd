/** A profile as one scan of one run meets it. */
export interface StoredProfile {
  readonly id: string;
  /** The parsed document; its segments field holds `segmentsBefore`. */
  readonly document: Readonly<Record<string, unknown>>;
  /** Membership now, what a write starts from. */
  readonly segments: readonly string[];
  /** Membership before this run: differs from `segments` only where this run has already written. */
  readonly segmentsBefore: readonly string[];
  /** This scan of this run has already changed the profile, so it must not be evaluated again. */
  readonly settled: boolean;
  /** Would the brackets have offered it? Always true outside an audit. */
  readonly candidate: boolean;
  /** Values of the scan's query segments whose query this state of the profile matches, as the store's server says. */
  readonly matchedQueries: readonly string[];
  /** Opaque to all but its store: where the profile is, and what a conditional write compares. */
  readonly version: unknown;
}

/** A profile that was read before, to be read again. */
export type KnownProfile = Pick<StoredProfile, 'id' | 'version'>;

/** A profile that cannot be evaluated; its membership stays as it was. */
export interface SetAsideProfile {
  readonly id: string;
  readonly reason: string;
}

/** The whole change of one profile by one scan of one run. `entered` and `left` are values. */
export interface ProfileChange {
  readonly id: string;
  readonly version: unknown;
  /** The new membership, whole, foreign values included. */
  readonly segments: readonly string[];
  readonly entered: readonly string[];
  readonly left: readonly string[];
}

/** What a page meets: a profile to evaluate, or one that cannot be. */
export type MetProfile =
  | { readonly kind: 'profile'; readonly profile: StoredProfile }
  | { readonly kind: 'set aside'; readonly profile: SetAsideProfile };

export interface ProfilePage {
  /**
   * Gone through once. A store makes each when it is asked for, so that one profile's objects are garbage before the
   * next one's are made; what is kept of it costs.
   */
  readonly met: Iterable<MetProfile>;
  /** How many profiles of the range this page has passed, candidates or not. */
  readonly passed: number;
  /** Where the next page starts; null at the end of the range. */
  readonly next: string | null;
}
