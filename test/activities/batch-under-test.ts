import { MockActivityEnvironment } from '@temporalio/testing';
import {
  createLedgerActivities,
  createProfileActivities,
  type ActivityDeps,
} from '../../src/activities/create-activities.ts';
import type { EvaluateBatchResult } from '../../src/activities/evaluate-batch.ts';
import type { FinishRunInput, RunOutcome } from '../../src/activities/finish-run.ts';
import type { WriteOutcome } from '../../src/activities/profile-store.ts';
import type { ProfilePage } from '../../src/domain/profile.ts';
import type { Stores } from '../../src/workers/open-stores.ts';
import { activityDeps, openFreshStores, planInput } from '../support/fresh-stores.ts';

export const SLOT = '2026-11-20T09:00:00.000Z';
export const LATER = '2026-11-20T10:00:00.000Z';

/** One execution of an activity, and what it has beaten. */
export interface Attempt {
  readonly environment: MockActivityEnvironment;
  readonly beats: readonly unknown[];
}

/** A retry is given the last heartbeat of the attempt before it. */
export function anAttempt(heartbeatDetails?: unknown): Attempt {
  const environment = new MockActivityEnvironment(heartbeatDetails === undefined ? {} : { heartbeatDetails });
  const beats: unknown[] = [];
  environment.on('heartbeat', (details: unknown) => beats.push(structuredClone(details)));
  return { environment, beats };
}

type OnWrite = (writes: number, go: () => Promise<WriteOutcome>) => Promise<WriteOutcome>;
type OnPage = (page: ProfilePage) => ProfilePage;
type OnFinish = (go: () => Promise<void>) => Promise<void>;

/** Embedded stores with the segment `buyers`, and runs of a single batch on them. */
export interface BatchUnderTest {
  readonly stores: Stores;
  publish(...contents: readonly string[]): Promise<void>;
  /** `p-0` and so on; every other one has an order. */
  fill(count: number): Promise<void>;
  /** Plans a run as its workflow would; answers its id. */
  plan(slot?: string): Promise<string>;
  /** Closes the run's record as its workflow would. */
  finish(runId: string, ended?: FinishRunInput['ended']): Promise<RunOutcome>;
  evaluate(runId: string, attempt?: Attempt): Promise<EvaluateBatchResult>;
  /** From now on each write of a page is in the hands of the test; `pages` counts the pages asked for. */
  onWrite(write: OnWrite): { readonly pages: number; readonly writes: number };
  /** From now on pages are what the test makes of them. */
  onPage(change: OnPage): void;
  /** From now on keeping the outcome is in the hands of the test. */
  onFinish(finish: OnFinish): void;
}

export async function openBatch(): Promise<BatchUnderTest> {
  const stores = await openFreshStores();
  let onWrite: OnWrite = (_, go) => go();
  let onFinish: OnFinish = (go) => go();
  let onPage: OnPage = (page) => page;
  let seen = { pages: 0, writes: 0 };
  const { profiles, ledger } = stores;
  const deps: ActivityDeps = {
    ...activityDeps(stores, () => new Date(LATER)),
    ledger: { ...ledger, finishBatch: (...outcome) => onFinish(() => ledger.finishBatch(...outcome)) },
    profiles: {
      ...profiles,
      openScan: (request) => {
        const scan = profiles.openScan(request);
        const readPage: typeof scan.readPage = async (range, after) => {
          seen.pages += 1;
          return onPage(await scan.readPage(range, after));
        };
        return { ...scan, readPage };
      },
      writeChanges: (request) => {
        seen.writes += 1;
        return onWrite(seen.writes, () => profiles.writeChanges(request));
      },
    },
  };

  async function publish(...contents: readonly string[]): Promise<void> {
    const definitions = contents.map((content, index) => ({
      id: `s${index}`,
      owner: '',
      file: `${index}.yaml`,
      content,
    }));
    await createLedgerActivities(deps).publishDefinitions({ author: 'test', owner: null, definitions });
  }

  await publish('id: buyers\nkind: live\ncondition: profile@orders > 0\n');
  return {
    stores,
    publish,
    fill: async (count) => {
      await stores.putProfiles(
        Array.from({ length: count }, (_, index) => ({ id: `p-${index}`, orders: index % 2 })),
      );
    },
    plan: async (slot = SLOT) => {
      const input = planInput(slot);
      await createLedgerActivities(deps).planRun(input);
      return input.runId;
    },
    finish: (runId, ended = null) =>
      new MockActivityEnvironment().run(createLedgerActivities(deps).finishRun, { runId, ended }),
    evaluate: (runId, { environment } = anAttempt()) =>
      environment.run(createProfileActivities(deps).evaluateBatch, { runId, batch: 0 }),
    onWrite: (write) => {
      onWrite = write;
      seen = { pages: 0, writes: 0 };
      return seen;
    },
    onPage: (change) => {
      onPage = change;
    },
    onFinish: (finish) => {
      onFinish = finish;
    },
  };
}
