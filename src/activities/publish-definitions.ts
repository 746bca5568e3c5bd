import { createHash } from 'node:crypto';
import { applyFolder } from '../domain/apply-folder.ts';
import type { DateFields } from '../domain/condition/fields.ts';
import { dateFieldWarnings } from '../domain/date-field-warnings.ts';
import { usersOf } from '../domain/definition-set.ts';
import type { DefinitionSource, Problem } from '../domain/definition.ts';
import { UserError } from '../domain/errors.ts';
import {
  readPublished,
  type PublishedDefinition,
  type RetiredSegment,
  type SetContents,
} from '../domain/published-set.ts';
import type { ScheduledSegment } from '../domain/recurrence.ts';
import type { StoreForms } from '../domain/store-forms.ts';
import { isLeaving } from './due.ts';
import { withHeartbeats } from './heartbeats.ts';
import type { DefinitionSet, Ledger } from './ledger.ts';
import type { ProfileStore } from './profile-store.ts';

export interface PublishDefinitionsInput {
  readonly author: string;
  /** Whose definitions the files replace; null: those that were applied without an owner. */
  readonly owner: string | null;
  readonly definitions: readonly DefinitionSource[];
  /** Takes the members of segments away whose files are gone. */
  readonly prune?: boolean;
  /** Does so also where that leaves the owner nothing. */
  readonly pruneAll?: boolean;
  /** Only answers what would be published. */
  readonly dryRun?: boolean;
}

/** A retired segment of the folder's owner, with the definitions that ask for membership of it. */
export interface RetiredReport extends RetiredSegment {
  readonly usedBy: readonly string[];
}

export interface PublishedSet {
  readonly hash: string;
  readonly changed: boolean;
  readonly retired: readonly RetiredReport[];
  /** Ids of segments whose files are gone and that have nothing in profiles. */
  readonly dropped: readonly string[];
  /** Ids of what a prune was asked for and leaves, because a file does not load and may be theirs. */
  readonly pruneLater: readonly string[];
  /** What the schedules have to serve: the live segments of all owners. */
  readonly live: readonly ScheduledSegment[];
  /** Whether every definition of every owner loads. */
  readonly complete: boolean;
  /** Of the folder applied, with the workers' profile store and all owners' definitions in view. */
  readonly problems: readonly Problem[];
  readonly warnings: readonly Problem[];
}

export interface ForgetRetiredInput {
  readonly author: string;
  readonly owner: string | null;
  readonly ids: readonly string[];
}

interface PublishDeps {
  readonly ledger: Ledger;
  readonly profiles: Pick<ProfileStore, 'forms'>;
  readonly dateFields: DateFields;
  readonly now: () => Date;
}

export function createPublishDefinitions({ ledger, profiles: { forms }, dateFields, now }: PublishDeps) {
  const publish = async (author: string, definitions: readonly PublishedDefinition[]): Promise<string> => {
    const hash = hashOf(definitions);
    await ledger.publishDefinitions({ hash, author, publishedAt: now().toISOString(), definitions });
    return hash;
  };

  /**
   * Publishes a folder's files beside other owners' definitions as one versioned set; the same files again
   * change nothing. Refuses what another owner holds, and then changes nothing.
   */
  async function publishDefinitions(input: PublishDefinitionsInput): Promise<PublishedSet> {
    const { author, definitions: sources, prune = false, pruneAll = false, dryRun = false } = input;
    const owner = input.owner ?? '';
    const current = await ledger.readDefinitions(null);
    const next = applyFolder(current?.definitions ?? [], { owner, sources, prune, pruneAll, forms });
    if (next.kind === 'emptied') throw new UserError(emptied(owner, next.ids));
    if (next.kind === 'refused')
      throw new UserError(
        `Nothing was published, because ids and values have one owner each: ${next.reasons.join('; ')}. Choose others, or let their owner give them up first.`,
      );
    const changed = current?.hash !== hashOf(next.definitions);
    if (changed && !dryRun) await publish(author, next.definitions);
    return { ...reportOf(next.definitions, { current, input, dateFields, forms }), changed };
  }

  /**
   * Takes segments out of the set whose values no profile carries any more. Of a renamed segment its pause
   * goes on to its heir. Safe to run twice.
   */
  async function forgetRetired({ author, owner, ids }: ForgetRetiredInput): Promise<{ hash: string }> {
    const current = await ledger.readDefinitions(null);
    if (current === null) throw new UserError('No definitions are published.');
    const { definitions, retired } = readPublished(current.definitions, forms);
    const leaving = retired.filter(
      (each) => each.owner === (owner ?? '') && ids.includes(each.id) && isLeaving(each),
    );
    const stays = new Set(definitions.map(({ segment }) => segment.id));
    await movePauses(
      ledger,
      leaving.filter(({ id }) => !stays.has(id)),
    );
    return { hash: await publish(author, keptWithout(leaving, current.definitions)) };
  }

  return {
    publishDefinitions: (input: PublishDefinitionsInput) => withHeartbeats(() => publishDefinitions(input)),
    forgetRetired: (input: ForgetRetiredInput) => withHeartbeats(() => forgetRetired(input)),
  };
}

/** Entries of the retired segments alone: the id and its owner may be in use again. */
function keptWithout(
  leaving: readonly RetiredSegment[],
  published: readonly PublishedDefinition[],
): readonly PublishedDefinition[] {
  return published.filter(
    (entry) =>
      entry.retired === undefined ||
      !leaving.some(({ id, owner }) => id === entry.id && owner === entry.owner),
  );
}

async function movePauses(ledger: Ledger, leaving: readonly RetiredSegment[]): Promise<void> {
  const paused = await ledger.readPausedSegments();
  for (const { id, retirement } of leaving) {
    const pause = paused.find(({ segmentId }) => segmentId === id);
    if (pause === undefined) continue;
    if (retirement.kind === 'renamed') await ledger.pauseSegment({ ...pause, segmentId: retirement.to });
    await ledger.resumeSegment(id);
  }
}

interface ReportContext {
  readonly current: DefinitionSet | null;
  readonly input: PublishDefinitionsInput;
  readonly dateFields: DateFields;
  readonly forms: StoreForms;
}

function reportOf(
  next: readonly PublishedDefinition[],
  { current, input, dateFields, forms }: ReportContext,
): Omit<PublishedSet, 'changed'> {
  const owner = input.owner ?? '';
  const contents = readPublished(next, forms);
  const active = next.filter(({ retired }) => retired === undefined);
  const ids = new Set([...next.map(({ id }) => id), ...contents.leftOut.map(({ id }) => id)]);
  const mine = active.filter((entry) => entry.owner === owner);
  const files = new Set(mine.map(({ file }) => file));
  const flows = new Set(mine.flatMap(({ flow }) => (flow === undefined ? [] : [flow.file])));
  const isMine = ({ file }: Problem): boolean => files.has(file) || flows.has(file);
  const problems = contents.problems.filter(isMine);
  return {
    hash: hashOf(next),
    retired: contents.retired
      .filter((each) => each.owner === owner)
      .map((each) => ({ ...each, usedBy: usersOf(each.values, contents.definitions) })),
    dropped: (current?.definitions ?? [])
      .filter((entry) => entry.owner === owner && entry.retired === undefined && entry.id !== '')
      .filter(({ id, file }) => !ids.has(id) && !files.has(file))
      .map(({ id }) => id),
    live: scheduledOf(contents),
    complete: contents.problems.length === 0,
    pruneLater: input.prune === true && problems.length > 0 ? leftByPrune(next, input) : [],
    problems,
    warnings: [...contents.warnings, ...dateFieldWarnings(contents.definitions, dateFields)].filter(isMine),
  };
}

/** How many ids a message names; whoever sees these knows whose folder it was. */
const MAX_NAMED = 5;

function emptied(owner: string, ids: readonly string[]): string {
  const named = ids.slice(0, MAX_NAMED).join(', ');
  const more = ids.length > MAX_NAMED ? ` and ${ids.length - MAX_NAMED} more` : '';
  const whose = owner === '' ? 'was applied without an owner' : `owner "${owner}" has`;
  return `Nothing was published: the folder defines nothing of what ${whose}, so a prune would take all of it out of the profiles (${named}${more}). --segments names another folder; if all of it is to go, say --prune-all.`;
}

/** What no file of the folder defines stays as it was while one of them does not load. */
function leftByPrune(
  next: readonly PublishedDefinition[],
  { owner, definitions }: PublishDefinitionsInput,
): readonly string[] {
  const files = new Set(definitions.map(({ file }) => file));
  const left = next.filter(
    (entry) =>
      entry.owner === (owner ?? '') &&
      (entry.retired === undefined ? !files.has(entry.file) : entry.retired.kind === 'gone'),
  );
  return [...new Set(left.map(({ id }) => id))].toSorted();
}

/** Only what schedules need: this enters the history of the workflow. */
function scheduledOf({ definitions }: SetContents): readonly ScheduledSegment[] {
  return definitions.flatMap(({ segment }) => {
    if (segment.kind !== 'live') return [];
    const { id, enabled, every, cron, slots, timezone } = segment;
    return [{ id, enabled, every, cron, slots, timezone }];
  });
}

function hashOf(definitions: readonly PublishedDefinition[]): string {
  const canonical = JSON.stringify(
    definitions.map(({ id, owner, file, content, unreadable, flow, retired }) => [
      id,
      owner,
      file,
      content,
      ...(unreadable === undefined ? [] : [unreadable]),
      ...(flow === undefined ? [] : [flow]),
      ...(retired === undefined ? [] : [retired]),
    ]),
  );
  return createHash('sha256').update(canonical).digest('hex').slice(0, 16);
}
