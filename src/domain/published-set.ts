import { checkDefinitions, type CheckedDefinitions } from './definition-set.ts';
import { parseDefinition, type Definition } from './definition.ts';
import type { FlowFile } from './flow/flow-file.ts';
import { EVERY_FORM, type StoreForms } from './store-forms.ts';

/** A definition as published: the text it came from, so that nothing depends on the parser of that day. */
export interface PublishedDefinition {
  readonly id: string;
  /** Who applied it; empty where that was done without an owner. */
  readonly owner: string;
  /** Where it was read, relative to the folder applied. */
  readonly file: string;
  readonly content: string;
  /** Why its file could not be read when it was applied. */
  readonly unreadable?: string;
  /** The flow that it names, in full: workers have no folder to read it from. */
  readonly flow?: FlowFile;
  /** Its segment is not computed any more; its members stay, and its values stay known. */
  readonly retired?: Retirement;
}

/**
 * `gone`: no file defines it. `broken`: its file is there and does not load. `pruned`: a run takes its values
 * out of the profiles. `renamed`: a run moves its members to the segment `to`.
 */
export type Retirement =
  { readonly kind: 'gone' | 'broken' | 'pruned' } | { readonly kind: 'renamed'; readonly to: string };

/** What a retired segment has left behind in profiles. */
export interface RetiredSegment {
  readonly id: string;
  readonly owner: string;
  readonly file: string;
  readonly retirement: Retirement;
  /** Those of its values that no definition writes now: what another claims is that one's. */
  readonly values: readonly string[];
  /** The value its members get instead; null takes the values away. */
  readonly becomes: string | null;
}

/** A published set, read: what is computed, and what only stays. */
export interface SetContents extends CheckedDefinitions {
  readonly retired: readonly RetiredSegment[];
}

export function readPublished(
  published: readonly PublishedDefinition[],
  forms: StoreForms = EVERY_FORM,
): SetContents {
  const checked = checkDefinitions(
    published.filter(({ retired }) => retired === undefined),
    forms,
  );
  const claimed = claimedBy(checked.definitions);
  const retired = published.flatMap((entry): readonly RetiredSegment[] => {
    const { id, owner, file, retired: retirement } = entry;
    if (retirement === undefined) return [];
    const values = unclaimedValues(entry, claimed);
    if (values.length === 0) return [];
    const heir =
      retirement.kind === 'renamed'
        ? checked.definitions.find(({ segment }) => segment.id === retirement.to)
        : undefined;
    const becomes = heir === undefined ? null : onlyValueOf(heir);
    // Without its heir a renamed segment is one whose file is gone: its members must not be taken away.
    const isLost = retirement.kind === 'renamed' && becomes === null;
    return [{ id, owner, file, retirement: isLost ? { kind: 'gone' } : retirement, values, becomes }];
  });
  return { ...checked, retired: merged(retired) };
}

export function claimedBy(definitions: readonly Definition[]): ReadonlySet<string> {
  return new Set(definitions.flatMap(({ values }) => values));
}

/** What a published definition has written that no definition writes now. */
export function unclaimedValues(entry: PublishedDefinition, claimed: ReadonlySet<string>): readonly string[] {
  const parsed = parseDefinition(entry);
  if (parsed.kind === 'refused') return [];
  return parsed.definition.values.filter((value) => !claimed.has(value));
}

/** The value that members of a renamed segment get; null for a workflow of several, where nothing says which. */
export function onlyValueOf({ values }: Definition): string | null {
  const [value, ...others] = values;
  return value !== undefined && others.length === 0 ? value : null;
}

/** One segment may have written other values at other times; they stay or go together. */
function merged(retired: readonly RetiredSegment[]): readonly RetiredSegment[] {
  const byKey = new Map<string, RetiredSegment>();
  for (const each of retired) {
    const key = JSON.stringify([each.owner, each.id, each.retirement]);
    const values = [...(byKey.get(key)?.values ?? []), ...each.values];
    byKey.set(key, { ...each, values: [...new Set(values)] });
  }
  return [...byKey.values()];
}
