import type { Documents, Tally } from './condition/evaluate.ts';
import type { ProfileChange, StoredProfile } from './profile.ts';

/** A profile as the rules see it: what conditions read, and what its store's server has decided of queries. */
export interface Judged extends Documents {
  readonly matchedQueries: readonly string[];
}

/** A condition or query segment, compiled for one slot. */
export interface ConditionRule {
  readonly kind: 'condition' | 'query';
  readonly id: string;
  readonly value: string;
  readonly mode: 'sync' | 'add';
  readonly matches: (judged: Judged, tally: Tally) => boolean;
  /** This rule's own, so that a mismatch is counted for its segment. */
  readonly tally: Tally;
}

export interface Difference {
  readonly entered: readonly string[];
  readonly left: readonly string[];
}

/** What is in one membership and not in the other. */
export function difference(from: readonly string[], to: readonly string[]): Difference {
  return {
    entered: to.filter((value) => !from.includes(value)),
    left: from.filter((value) => !to.includes(value)),
  };
}

const NOTHING: Difference = { entered: [], left: [] };

/**
 * What condition and query segments change of one profile. Every condition sees the membership before the run, so
 * their order does not matter; only the rules' own values are touched.
 */
export function createConditionDiff(
  rules: readonly ConditionRule[],
): (judged: Judged, before: readonly string[]) => Difference {
  const indexOf = new Map(rules.map((rule, index) => [rule.value, index]));
  const isMember = new Uint8Array(rules.length);
  return (judged, before) => {
    isMember.fill(0);
    for (const value of before) {
      const index = indexOf.get(value);
      if (index !== undefined) isMember[index] = 1;
    }
    let entered: string[] | null = null;
    let left: string[] | null = null;
    for (let index = 0; index < rules.length; index += 1) {
      const rule = rules[index]!;
      const member = isMember[index] === 1;
      if (member && rule.mode === 'add') continue;
      const matches = rule.matches(judged, rule.tally);
      if (matches && !member) (entered ??= []).push(rule.value);
      else if (!matches && member) (left ??= []).push(rule.value);
    }
    return entered === null && left === null ? NOTHING : { entered: entered ?? [], left: left ?? [] };
  };
}

/** The change to write, or null where nothing changes: foreign values stay, in their order. */
export function toChange(profile: StoredProfile, { entered, left }: Difference): ProfileChange | null {
  if (entered.length === 0 && left.length === 0) return null;
  const kept =
    left.length === 0 ? profile.segments : profile.segments.filter((value) => !left.includes(value));
  const added = entered.filter((value) => !profile.segments.includes(value));
  return { id: profile.id, version: profile.version, segments: [...kept, ...added], entered, left };
}
