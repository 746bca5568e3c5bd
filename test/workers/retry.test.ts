import { Client } from '@temporalio/client';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import type { WriteRequest } from '../../src/activities/profile-store.ts';
import type { DefinitionSource } from '../../src/domain/definition.ts';
import { RunFailed, UserError } from '../../src/domain/errors.ts';
import { createRunControl, type RunHandle } from '../../src/run-control.ts';
import { createGate } from '../support/gate.ts';
import { startInProcess, type InProcess } from '../support/in-process.ts';
import { describeWithTemporal } from '../support/temporal.ts';

/** Enough for three batches of a workflow segment, each of several pages. */
const PROFILES = 30_000;
const SLOT = '2036-11-20T09:00:00.000Z';
const TOGGLES: DefinitionSource = {
  file: 'toggles.yaml',
  content: `id: toggles
kind: live
workflow:
  steps:
    - when: profile@segments CONTAINS "toggles"
      then: [{ remove: toggles }]
      else: [{ add: toggles }]
`,
};

/** How the real store fails in the tests: for good, as a full disk does, from a certain write of a batch on. */
type Fault = (request: WriteRequest, nth: number) => boolean;

describeWithTemporal('a run with failed batches', () => {
  let strata: InProcess;
  let fault: Fault;
  let door: () => Promise<void>;

  beforeEach(async () => {
    fault = () => false;
    door = async () => undefined;
    const writes = new Map<number, number>();
    strata = await startInProcess({
      through: (profiles) => ({
        ...profiles,
        writeChanges: async (request) => {
          const nth = (writes.get(request.batch) ?? 0) + 1;
          writes.set(request.batch, nth);
          await door();
          if (fault(request, nth)) throw new UserError('the disk is full');
          return profiles.writeChanges(request);
        },
      }),
    });
    await strata.stores.putProfiles(
      Array.from({ length: PROFILES }, (_, index) => ({
        id: `p-${String(index).padStart(5, '0')}`,
        rank: index,
      })),
    );
    await strata.apply([TOGGLES]);
  });

  afterEach(() => strata.stop());

  test('is completed with exceptions; retried after it closed it is completed, as the same run, nothing written twice', async () => {
    fault = ({ batch }, nth) => batch === 1 && nth > 1;
    const failed = await strata.run({ slot: SLOT });
    expect(failed).toMatchObject({
      state: 'completed with exceptions',
      failedBatches: 1,
      batches: 3,
      reason: expect.stringContaining('the disk is full'),
    });
    const members = failed.segments[0]?.members ?? 0;
    expect(members).toBeGreaterThan((PROFILES / 3) * 2);
    expect(members).toBeLessThan(PROFILES);

    fault = () => false;
    const retried = await strata.control.retryRun(failed.runId);
    await retried.result();

    expect(retried).toMatchObject({
      runId: failed.runId,
      workflowId: `${strata.environment}/${failed.runId}/retry/1`,
    });
    expect(await strata.stores.operations.run(failed.runId)).toMatchObject({
      state: 'completed',
      failedBatches: 0,
      reason: null,
      segments: [{ id: 'toggles', members: PROFILES, entered: PROFILES, left: 0 }],
      totals: { passed: PROFILES, changed: PROFILES, replayed: members - (PROFILES / 3) * 2 },
    });
    await expect(strata.control.retryRun(failed.runId)).rejects.toThrow(UserError);
  });

  test('is not retried twice at once', async () => {
    const batch = createGate();
    fault = ({ batch: number }) => number === 1;
    const failed = await strata.run({ slot: SLOT });
    fault = () => false;
    door = () => batch.wait();

    const retried = await strata.control.retryRun(failed.runId);
    await expect(strata.control.retryRun(failed.runId)).rejects.toThrow('is being retried already');
    batch.open();
    await retried.result();

    expect(await strata.stores.operations.run(failed.runId)).toMatchObject({ state: 'completed' });
  });

  test('is not retried twice where two ask in the same moment', async () => {
    fault = ({ batch }) => batch === 1;
    const failed = await strata.run({ slot: SLOT });
    fault = () => false;
    const both = createGate();
    let asked = 0;
    const client = new Client({
      connection: strata.client.connection,
      interceptors: {
        workflow: [
          {
            startWithDetails: async (input, next) => {
              asked += 1;
              if (asked === 2) both.open();
              await both.wait();
              return next(input);
            },
          },
        ],
      },
    });
    const control = createRunControl(client, strata.environment, strata.stores.operations);

    const [first, second] = await Promise.allSettled([
      control.retryRun(failed.runId),
      control.retryRun(failed.runId),
    ]);

    const [started, refused] = first.status === 'fulfilled' ? [first, second] : [second, first];
    expect(refused).toMatchObject({
      reason: new UserError(
        `Run ${failed.runId} is being retried already, by the workflow ${strata.environment}/${failed.runId}/retry/1.`,
      ),
    });
    await (started as PromiseFulfilledResult<RunHandle>).value.result();
  });

  test('is not retried while it is open, and the refusal says by which command its batches are', async () => {
    const batch = createGate();
    door = () => batch.wait();
    const run = await strata.control.startRun({ slot: SLOT });
    await vi.waitFor(() => strata.stores.operations.run(run.runId), { timeout: 20_000, interval: 50 });

    await expect(strata.control.retryRun(run.runId)).rejects.toThrow(
      `\`temporal workflow update execute -w "${run.workflowId}" --name retryFailed\``,
    );
    batch.open();
    await run.result();
  });

  test('that has failed in every batch is a failed run, and can be retried too', async () => {
    fault = () => true;
    const run = await strata.control.startRun({ slot: SLOT });
    await expect(run.result()).rejects.toThrow(RunFailed);
    expect(await strata.stores.operations.run(run.runId)).toMatchObject({
      state: 'failed',
      failedBatches: 3,
    });

    fault = () => false;
    await (await strata.control.retryRun(run.runId)).result();

    expect(await strata.stores.operations.run(run.runId)).toMatchObject({
      state: 'completed',
      segments: [{ members: PROFILES, entered: PROFILES }],
    });
  });

  test('is retried for its own slot and set, whatever has been published since', async () => {
    fault = ({ batch }) => batch === 0;
    const failed = await strata.run({ slot: SLOT });
    await strata.apply([
      { file: 'other.yaml', content: 'id: other\nkind: live\ncondition: profile@rank < 10\n' },
    ]);

    fault = () => false;
    await (await strata.control.retryRun(failed.runId)).result();

    expect(await strata.stores.operations.run(failed.runId)).toMatchObject({
      state: 'completed',
      definitions: failed.definitions,
      slot: SLOT,
      segments: [{ id: 'toggles', members: PROFILES }],
    });
  });
});
