import type { Difference } from './membership.ts';
import type { ProfileChange, StoredProfile } from './profile.ts';

/** What becomes of one value of a retired segment. */
export interface RetireRule {
  readonly id: string;
  readonly value: string;
  /** The value of the segment it was renamed to; null takes the value away. */
  readonly becomes: string | null;
}

export interface RetiredMembership {
  /** Members of a renamed segment neither enter nor leave: they are members under another name. */
  readonly change: ProfileChange;
  readonly bySegment: ReadonlyMap<string, Difference>;
}

/** The change of one profile, or null where it carries none of the values. */
export function createRetirement(
  rules: readonly RetireRule[],
): (profile: StoredProfile) => RetiredMembership | null {
  const ruleOf = new Map(rules.map((rule) => [rule.value, rule]));
  return ({ id, version, segments: before }) => {
    const bySegment = new Map<string, { readonly entered: []; readonly left: string[] }>();
    const segments = new Set<string>();
    const left: string[] = [];
    let met = false;
    for (const value of before) {
      const rule = ruleOf.get(value);
      met ||= rule !== undefined;
      if (rule === undefined) segments.add(value);
      else if (rule.becomes !== null) segments.add(rule.becomes);
      else {
        left.push(value);
        const known = bySegment.get(rule.id)?.left ?? [];
        bySegment.set(rule.id, { entered: [], left: [...known, value] });
      }
    }
    if (!met) return null;
    return { change: { id, version, segments: [...segments], entered: [], left }, bySegment };
  };
}
