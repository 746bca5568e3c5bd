import { join } from 'node:path';
import type { Client } from '@temporalio/client';
import { createHttpOperations } from '../../src/api/http-operations.ts';
import { readConfig, type Config } from '../../src/config.ts';
import { checkDefinitions } from '../../src/domain/definition-set.ts';
import type { DefinitionSource } from '../../src/domain/definition.ts';
import type { StoredProfile } from '../../src/domain/profile.ts';
import type { MembershipChange, RunRecord } from '../../src/domain/run.ts';
import { sampleShoppers } from '../../src/domain/sample-shoppers.ts';
import { createRunControl, type RunHandle } from '../../src/run-control.ts';
import { publishWorkflowId } from '../../src/names.ts';
import { applyDefinitions, type Applied } from '../../src/schedules/apply.ts';
import { openStores, type Stores } from '../../src/workers/open-stores.ts';
import { recompute, type ExpectedChanges } from './recompute.ts';
import { readAllProfiles } from './stored-profiles.ts';
import { startWorkerProcess, type StrataProcess } from './strata-process.ts';

const NOW = Date.parse('2016-11-20T09:00:00Z');
/** One a month, so that recency moves members in each run. */
const slotOf = (run: number): string => new Date(Date.UTC(2016, 10 + run, 20, 9)).toISOString();

/** A schedule that fires while a test goes on would supersede its runs. */
const YEARLY = "cron: '0 0 1 1 *'\n";

/** Every one of these would show a page that was evaluated twice: they look at membership, their own included. */
const DEFINITIONS: readonly DefinitionSource[] = [
  live(
    'frequent',
    'condition: profile@stats.visits > 5 AND profile@metadata.time.visit.last > now.offset("-60d")',
  ),
  live('follows-frequent', 'condition: profile@segments CONTAINS "frequent"'),
  live('toggles', `workflow:\n  steps:\n${toggle('toggles')}`),
  live(
    'toggles-buyers',
    `workflow:\n  filter: profile@stats.orders > 2\n  steps:\n${toggle('toggles-buyers')}`,
  ),
];

function live(id: string, rest: string): DefinitionSource {
  return { file: `${id}.yaml`, content: `id: ${id}\nkind: live\n${YEARLY}${rest}\n` };
}

function toggle(value: string): string {
  return [
    `    - when: profile@segments CONTAINS "${value}"`,
    `      then: [{ remove: ${value} }]`,
    `      else: [{ add: ${value} }]`,
  ].join('\n');
}

export interface DisturbedOptions {
  readonly folder: string;
  readonly environment: string;
  readonly profiles: number;
  readonly address: string;
  readonly client: Client;
  /** The variables that name the stores; those in the data folder when left out. */
  readonly stores?: Readonly<Record<string, string>>;
}

/** Stores that a first run has filled with members, for runs that a test disturbs. */
export interface Disturbed {
  /** On shared stores there may be several at a time, each in a folder of its own. */
  readonly startWorker: (folder?: string) => Promise<StrataProcess>;
  /** Publishes these beside those of the runs; the workflow that does it, and what it answers. */
  readonly publish: (more: readonly DefinitionSource[]) => {
    readonly workflowId: string;
    result(): Promise<Applied>;
  };
  /**
   * The next run to disturb. No worker may run while it is prepared; a run that a failed test has left open is ended
   * before, as it would go on beside this one.
   */
  readonly nextRun: () => Promise<DisturbedRun>;
}

export interface DisturbedRun {
  /** Two batches side by side when no number is given. */
  readonly start: (worker: StrataProcess, window?: number) => Promise<RunHandle>;
  /** Final membership and the run's log, against what the state before says they must be. No worker may run. */
  readonly compare: (runId: string) => Promise<Comparison>;
}

export interface Comparison {
  readonly record: RunRecord;
  /** How many profiles the run had to change. */
  readonly changedProfiles: number;
  /** In words, the first ones; none when all is as it must be. */
  readonly differences: readonly string[];
}

export async function prepareDisturbed(options: DisturbedOptions): Promise<Disturbed> {
  const { address, client, environment, profiles, stores = {} } = options;
  const data = join(options.folder, environment);
  const config = readConfig({ ...stores, STRATA_DATA: data, STRATA_ENV: environment });
  const startWorker = (folder = data) =>
    startWorkerProcess({ ...stores, TEMPORAL_ADDRESS: address, STRATA_ENV: environment }, folder);
  let open: RunHandle | null = null;
  const start = async (worker: StrataProcess, slot: string, window = 2): Promise<RunHandle> => {
    const control = createRunControl(client, environment, createHttpOperations(worker.api));
    open = await control.startRun({ slot, window });
    return open;
  };

  await withStores(config, ({ putProfiles }) => putProfiles(sampleShoppers(profiles, { now: NOW })));
  const worker = await startWorker();
  const publish = (more: readonly DefinitionSource[]): ReturnType<Disturbed['publish']> => {
    const owned = { environment, window: 2, author: 'test', owner: null, prune: false };
    const applied = applyDefinitions(client, [...DEFINITIONS, ...more], owned);
    return { workflowId: publishWorkflowId(environment), result: () => applied };
  };
  await publish([]).result();
  let runs = 0;
  await (await start(worker, slotOf(runs))).result();
  await worker.stop();
  open = null;

  async function endOpen(): Promise<void> {
    if (open === null) return;
    const by = await startWorker();
    await open.result();
    await by.stop();
    open = null;
  }

  return {
    startWorker,
    publish,
    nextRun: async () => {
      await endOpen();
      runs += 1;
      const slot = slotOf(runs);
      const before = await withStores(config, (opened) => readAllProfiles(opened.profiles));
      return {
        start: (by, window) => start(by, slot, window),
        compare: (runId) => {
          open = null;
          return withStores(config, (opened) => compare(opened, { runId, slot, before }));
        },
      };
    },
  };
}

async function withStores<T>(config: Config, use: (stores: Stores) => Promise<T>): Promise<T> {
  const stores = await openStores(config, { makesIndex: true });
  try {
    return await use(stores);
  } finally {
    await stores.close();
  }
}

interface Compared {
  readonly runId: string;
  readonly slot: string;
  readonly before: readonly StoredProfile[];
}

async function compare(stores: Stores, { runId, slot, before }: Compared): Promise<Comparison> {
  const { definitions } = checkDefinitions(DEFINITIONS);
  const expected = recompute(definitions, before, slot);
  const record = await stores.ledger.readRun(runId);
  if (record === null) throw new Error(`the ledger has no run ${runId}`);
  const values = definitions.map(({ segment }) => segment.id);
  const log = await stores.ledger.readChanges({ values, runId, limit: 10 * before.length });
  const after = await readAllProfiles(stores.profiles);
  const differences = [...wrongMembers(before, expected, after), ...wronglyLogged(expected, log)];
  return { record, changedProfiles: expected.size, differences: differences.slice(0, 20) };
}

function wrongMembers(
  before: readonly StoredProfile[],
  expected: ExpectedChanges,
  after: readonly StoredProfile[],
): readonly string[] {
  const carried = new Map(after.map(({ id, segments }) => [id, segments.toSorted().join(' ')]));
  return before.flatMap(({ id, segments }) => {
    const membership = new Set(segments);
    for (const change of expected.get(id) ?? []) {
      if (change.startsWith('+')) membership.add(change.slice(1));
      else membership.delete(change.slice(1));
    }
    const should = [...membership].toSorted().join(' ');
    return carried.get(id) === should ? [] : [`${id} carries "${carried.get(id)}", should carry "${should}"`];
  });
}

/** A change that is logged twice, or that is logged and should not be, differs too. */
function wronglyLogged(expected: ExpectedChanges, log: readonly MembershipChange[]): readonly string[] {
  const logged = new Map<string, string[]>();
  for (const { profileId, value, change } of log) {
    const changes = logged.get(profileId) ?? [];
    changes.push(`${change === 'entered' ? '+' : '-'}${value}`);
    logged.set(profileId, changes);
  }
  return [...new Set([...expected.keys(), ...logged.keys()])].flatMap((id) => {
    const should = (expected.get(id) ?? []).join(' ');
    const is = (logged.get(id) ?? []).toSorted().join(' ');
    return is === should ? [] : [`${id} is logged as "${is}", should be "${should}"`];
  });
}
