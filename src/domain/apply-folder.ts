import { checkDefinitions, type CheckedDefinitions } from './definition-set.ts';
import { parseDefinition, type Definition, type DefinitionSource } from './definition.ts';
import {
  claimedBy,
  onlyValueOf,
  unclaimedValues,
  type PublishedDefinition,
  type Retirement,
} from './published-set.ts';
import type { StoreForms } from './store-forms.ts';

export interface AppliedFolder {
  /** Whose definitions the files replace; empty for those applied without an owner. */
  readonly owner: string;
  readonly sources: readonly DefinitionSource[];
  /** Takes the members of segments away whose files are gone. */
  readonly prune: boolean;
  /** Does so also where that leaves the owner nothing, as a wrong or empty folder would. */
  readonly pruneAll?: boolean;
  /** Of the profile store that computes the set; every form when left out. */
  readonly forms?: StoreForms;
}

export type NextSet =
  | { readonly kind: 'set'; readonly definitions: readonly PublishedDefinition[] }
  /** What another owner holds already; nothing may change. */
  | { readonly kind: 'refused'; readonly reasons: readonly string[] }
  /** The folder defines nothing that its owner had, so these would all be pruned. */
  | { readonly kind: 'emptied'; readonly ids: readonly string[] };

/**
 * The published set after one owner's folder is applied. Another owner's definitions stay as they are. A
 * segment of this owner that no file defines any more is kept as retired as long as profiles may carry a
 * value of it, so that its members stay and somebody can still take them away.
 */
export function applyFolder(current: readonly PublishedDefinition[], folder: AppliedFolder): NextSet {
  const mine = checkDefinitions(folder.sources, folder.forms);
  const others = current.filter(({ owner }) => owner !== folder.owner);
  const reasons = clashes(mine.definitions, others.flatMap(holderOf));
  if (reasons.length > 0) return { kind: 'refused', reasons };

  const theirs = checkDefinitions(others.filter(({ retired }) => retired === undefined));
  const claimed = claimedBy([...mine.definitions, ...theirs.definitions]);
  const ids = new Map(mine.definitions.map(({ source, segment }) => [source.file, segment.id]));
  const files = folder.sources.map(({ file, content, unreadable, flow }) => ({
    id: ids.get(file) ?? '',
    owner: folder.owner,
    file,
    content,
    ...(unreadable === undefined ? {} : { unreadable }),
    ...(flow === undefined ? {} : { flow }),
  }));
  const own = current.filter(({ owner }) => owner === folder.owner);
  const former = own.flatMap((entry) => standingOf(entry, { folder, mine, claimed }));
  const pruned = former.filter((entry) => entry.retired?.kind === 'pruned' && !own.includes(entry));
  if (pruned.length > 0 && folder.pruneAll !== true && !own.some((entry) => isKept(entry, mine)))
    return { kind: 'emptied', ids: [...new Set(pruned.map(({ id }) => id))] };
  const taken = (entry: PublishedDefinition): boolean =>
    entry.retired !== undefined && unclaimedValues(entry, claimed).length === 0;
  const definitions = [...files, ...former, ...others.filter((entry) => !taken(entry))];
  return { kind: 'set', definitions: definitions.sort(inOrder) };
}

interface Standing {
  readonly folder: AppliedFolder;
  readonly mine: CheckedDefinitions;
  readonly claimed: ReadonlySet<string>;
}

/** What becomes of a definition that was in the set before: it stays, is retired, or leaves nothing behind. */
function standingOf(
  entry: PublishedDefinition,
  { folder, mine, claimed }: Standing,
): readonly PublishedDefinition[] {
  const values = unclaimedValues(entry, claimed);
  const retire = (retired: Retirement): readonly PublishedDefinition[] => [{ ...entry, retired }];
  if (isBroken(entry, folder, mine)) return values.length === 0 ? [] : retire({ kind: 'broken' });
  const heir = mine.definitions.find(({ segment }) => segment.renamedFrom === entry.id);
  if (heir !== undefined && values.length === 1 && onlyValueOf(heir) !== null)
    return retire({ kind: 'renamed', to: heir.segment.id });
  if (mine.problems.length > 0 && looksLikeOrphan(entry, mine, values)) return [entry];
  if (values.length === 0) return [];
  if (entry.retired?.kind === 'pruned') return [entry];
  return retire({ kind: folder.prune && mine.problems.length === 0 ? 'pruned' : 'gone' });
}

/** The folder computes it on, under its id or a new one. */
function isKept({ id, retired }: PublishedDefinition, { definitions }: CheckedDefinitions): boolean {
  return (
    retired === undefined && definitions.some(({ segment }) => [segment.id, segment.renamedFrom].includes(id))
  );
}

/** Its file is there, or another that names its id, and does not load. */
function isBroken({ id, file }: PublishedDefinition, { sources }: AppliedFolder, mine: CheckedDefinitions) {
  const loads = mine.definitions.some(({ source, segment }) => source.file === file || segment.id === id);
  if (loads) return false;
  return sources.some((source) => source.file === file) || mine.leftOut.some((each) => each.id === id);
}

/** It was computed until now, and a file that does not load may be its new one: it stays untouched. */
function looksLikeOrphan(
  entry: PublishedDefinition,
  mine: CheckedDefinitions,
  unclaimed: readonly string[],
): boolean {
  if (entry.retired !== undefined || mine.definitions.some(({ segment }) => segment.id === entry.id))
    return false;
  const parsed = parseDefinition(entry);
  return parsed.kind === 'definition' && parsed.definition.values.length === unclaimed.length;
}

/** Who may not be taken from: what is defined, and what has a file that only does not load just now. */
interface Holder {
  readonly id: string;
  readonly owner: string;
  readonly file: string;
  readonly values: readonly string[];
  readonly shared: boolean;
}

function holderOf(entry: PublishedDefinition): readonly Holder[] {
  if (entry.retired !== undefined && entry.retired.kind !== 'broken') return [];
  const parsed = parseDefinition(entry);
  if (parsed.kind === 'refused') return [];
  const { segment, values } = parsed.definition;
  const { owner, file } = entry;
  const shared = segment.kind === 'live' && segment.shared;
  return [{ id: segment.id, owner, file, values, shared }];
}

function clashes(mine: readonly Definition[], held: readonly Holder[]): readonly string[] {
  return mine.flatMap(({ source, segment, values }) => {
    const sameId = held.find(({ id }) => id === segment.id);
    if (sameId !== undefined) return [`${source.file}: id "${segment.id}" is held by ${nameOf(sameId)}`];
    const shared = segment.kind === 'live' && segment.shared;
    return values.flatMap((value) => {
      const holder = held.find((each) => each.values.includes(value) && !(each.shared && shared));
      return holder === undefined
        ? []
        : [`${source.file}: value "${value}" is written by segment ${holder.id} of ${nameOf(holder)}`];
    });
  });
}

function nameOf({ owner, file }: Holder): string {
  return owner === '' ? `the definitions applied without an owner (${file})` : `owner "${owner}" (${file})`;
}

/** One order for one content, so that the same files always have the same hash. */
function inOrder(left: PublishedDefinition, right: PublishedDefinition): number {
  const keys = ({ owner, file, retired, content, flow }: PublishedDefinition) => [
    owner,
    file,
    retired === undefined ? '' : JSON.stringify(retired),
    content,
    flow === undefined ? '' : JSON.stringify(flow),
  ];
  const [a, b] = [keys(left), keys(right)];
  const different = a.findIndex((key, index) => key !== b[index]);
  return different < 0 ? 0 : (a[different] ?? '') < (b[different] ?? '') ? -1 : 1;
}
