import { MockActivityEnvironment } from '@temporalio/testing';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { createLedgerActivities, createProfileActivities } from '../../src/activities/create-activities.ts';
import { createHttpOperations } from '../../src/api/http-operations.ts';
import { serveApi } from '../../src/api/serve.ts';
import { withTemporal } from '../../src/api/with-temporal.ts';
import type { DefinitionSource } from '../../src/domain/definition.ts';
import { UserError } from '../../src/domain/errors.ts';
import type { PlannedStep } from '../../src/schedules/reconcile.ts';
import { createTemporalView } from '../../src/temporal-view.ts';
import type { Stores } from '../../src/workers/open-stores.ts';
import { apiOf } from '../support/api.ts';
import { startInProcess, type InProcess } from '../support/in-process.ts';
import { describeWithTemporal } from '../support/temporal.ts';

const PROFILES = 40;
const BUYERS = file('buyers', 'condition: profile@orders > 0');
const VISITORS = file('visitors', 'condition: profile@visits > 0');

function file(id: string, rest: string, name = `${id}.yaml`): DefinitionSource {
  return { file: name, content: `id: ${id}\nkind: live\n${rest}\n` };
}

/** A step without its environment. */
function toWords(step: PlannedStep): string {
  const { scheduleId } = 'schedule' in step ? step.schedule : step;
  return `${step.kind} ${scheduleId.slice(scheduleId.indexOf('/') + 1)}`;
}

describeWithTemporal('the life of a definition', () => {
  let strata: InProcess;
  let stores: Stores;
  let apply: InProcess['apply'];
  let run: InProcess['run'];

  beforeEach(async () => {
    strata = await startInProcess();
    ({ stores, apply, run } = strata);
    await stores.putProfiles(
      Array.from({ length: PROFILES }, (_, index) => ({
        id: `p-${String(index).padStart(2, '0')}`,
        orders: index % 2,
        visits: 1,
        segments: ['foreign'],
      })),
    );
  });

  afterEach(() => strata.stop());

  async function members(...values: readonly string[]): Promise<readonly number[]> {
    return stores.profiles.countMembers(values.map((value) => [value]));
  }

  function log(value: string) {
    return stores.ledger.readChanges({ values: [value], limit: 1_000 });
  }

  async function listed(id: string) {
    return (await stores.operations.segments()).find((segment) => segment.id === id);
  }

  test('a segment whose file is gone is reported with what uses it, is not computed and keeps its members', async () => {
    const user = file('users', 'condition: profile@segments CONTAINS "buyers"');
    await apply([BUYERS, VISITORS, user]);
    await run();
    await stores.putProfiles([{ id: 'late', orders: 5, visits: 1 }]);

    const { published } = await apply([VISITORS, user]);
    const record = await run();

    expect(published.retired).toMatchObject([
      { id: 'buyers', retirement: { kind: 'gone' }, values: ['buyers'], usedBy: ['users'] },
    ]);
    expect(record.segmentIds).toEqual(['users', 'visitors']);
    expect(await members('buyers', 'visitors')).toEqual([PROFILES / 2, PROFILES + 1]);
    expect(await listed('buyers')).toMatchObject({
      retired: { kind: 'gone' },
      members: PROFILES / 2,
      nextRun: null,
    });
    await expect(run({ segmentIds: ['buyers'] })).rejects.toThrow('The file of segment "buyers" is gone');
  });

  test('prune takes its value out of all profiles by a run of its own, logged, and forgets it', async () => {
    await apply([BUYERS, VISITORS]);
    await run();

    const plan = await strata.plan([VISITORS], { prune: true });
    expect(plan.published.retired).toMatchObject([{ id: 'buyers', retirement: { kind: 'pruned' } }]);
    expect(await listed('buyers')).toMatchObject({ retired: null });

    const { published } = await apply([VISITORS], { prune: true });

    expect(published.retiring).toMatchObject({ state: 'completed', changed: PROFILES / 2 });
    expect(await members('buyers', 'visitors', 'foreign')).toEqual([0, PROFILES, PROFILES]);
    const left = (await log('buyers')).filter(({ change }) => change === 'left');
    expect(left).toHaveLength(PROFILES / 2);
    expect(left[0]?.runId).toBe(published.retiring?.runId);
    expect((await stores.operations.run(left[0]?.runId ?? '')).segments).toMatchObject([
      { id: 'buyers', members: 0, entered: 0, left: PROFILES / 2 },
    ]);
    expect(await listed('buyers')).toBeUndefined();
    expect((await stores.operations.changes('buyers', { limit: 1 })).changes).toMatchObject([
      { value: 'buyers', change: 'left', runId: published.retiring?.runId },
    ]);
    expect(await stores.operations.changes('buyers', { limit: 1, run: (await run()).runId })).toEqual({
      changes: [],
      next: null,
    });
    expect((await apply([VISITORS], { prune: true })).published).toMatchObject({
      changed: false,
      retiring: null,
    });
  });

  test('while a file does not load nobody is pruned, and what looks like an orphan is computed on', async () => {
    await apply([BUYERS, VISITORS]);
    await run();

    const broken = { file: 'new.yaml', content: 'id: new\nkind: live\ncondition: profile@a =\n' };
    const { published } = await apply([VISITORS, broken], { prune: true });
    const record = await run();

    expect(published).toMatchObject({
      retired: [],
      retiring: null,
      complete: false,
      pruneLater: ['buyers'],
    });
    expect(record).toMatchObject({ segmentIds: ['buyers', 'visitors'], leftOut: [{ id: 'new' }] });
    expect(await members('buyers')).toEqual([PROFILES / 2]);
  });

  test('a folder of which nothing was applied before prunes nothing, unless that is said', async () => {
    await apply([BUYERS, VISITORS]);

    for (const files of [[], [file('other', 'condition: profile@orders > 0')]]) {
      const refused = apply(files, { prune: true });
      await expect(refused).rejects.toBeInstanceOf(UserError);
      await expect(refused).rejects.toThrow(/\(buyers, visitors\).*--prune-all\.$/);
    }

    expect((await stores.operations.segments()).map(({ id, retired }) => [id, retired])).toEqual([
      ['buyers', null],
      ['visitors', null],
    ]);
  });

  test('members of a renamed segment move without entering or leaving, and afterwards there is nothing to do', async () => {
    await apply([BUYERS, VISITORS]);
    const before = await run();
    await stores.operations.pauseSegment('buyers', { reason: 'prices' });

    const renamed = file('customers', 'condition: profile@orders > 0\nrenamedFrom: buyers');
    const { published } = await apply([renamed, VISITORS]);

    expect(published.retiring).toMatchObject({ state: 'completed', changed: PROFILES / 2 });
    expect(await members('buyers', 'customers', 'foreign')).toEqual([0, PROFILES / 2, PROFILES]);
    expect(await listed('customers')).toMatchObject({ paused: { reason: 'prices' }, lastRun: before.slot });
    expect(await stores.operations.contains('customers', 'p-01')).toMatchObject({
      member: true,
      asOf: before.slot,
      run: before.runId,
    });
    await stores.operations.resumeSegment('customers');
    expect((await run()).segments).toMatchObject([
      { id: 'customers', members: PROFILES / 2, entered: 0, left: 0 },
      { id: 'visitors', entered: 0, left: 0 },
    ]);
    expect(await log('customers')).toEqual([]);
    expect((await stores.operations.changes('buyers', { limit: PROFILES })).changes).toHaveLength(
      PROFILES / 2,
    );
    expect((await log('buyers')).filter(({ change }) => change === 'left')).toEqual([]);
    expect((await apply([renamed, VISITORS])).published).toMatchObject({
      changed: false,
      retired: [],
      retiring: null,
    });
  });

  test('a rename that was cut short is finished by the next apply, and nobody enters meanwhile', async () => {
    await apply([BUYERS]);
    await run();
    const renamed = file('customers', 'condition: profile@orders > 0\nrenamedFrom: buyers');
    // What an apply has done that is cut off before its run of retired segments.
    const cutOff = await createLedgerActivities(strata.deps).publishDefinitions({
      author: 'test',
      owner: null,
      definitions: [renamed],
    });

    const record = await run();
    expect(cutOff.retired).toMatchObject([{ id: 'buyers', becomes: 'customers' }]);
    expect(record).toMatchObject({ segmentIds: [], leftOut: [{ id: 'customers' }] });
    expect(record.leftOut[0]?.reason).toContain('its members are still being moved from "buyers"');

    await apply([renamed]);
    expect((await run()).segments).toMatchObject([{ id: 'customers', members: PROFILES / 2, entered: 0 }]);
    expect(await log('customers')).toEqual([]);
  });

  test('a run that was planned before its file was gone writes no member back after the prune', async () => {
    await apply([BUYERS, VISITORS]);
    const runId = 'live/manual/before';
    await createLedgerActivities(strata.deps).planRun({
      runId,
      workflowId: 'w',
      group: 'manual',
      slot: new Date().toISOString(),
      mode: 'write',
      force: false,
      segmentIds: null,
      definitions: null,
    });
    await apply([VISITORS], { prune: true });

    const { evaluateBatch } = createProfileActivities(strata.deps);
    await new MockActivityEnvironment().run(evaluateBatch, { runId, batch: 0 });

    expect(await members('buyers', 'visitors')).toEqual([0, PROFILES]);
    expect((await stores.ledger.readBatch(runId, 0))?.tally?.superseded).toEqual(['buyers']);
  });

  test('a paused segment is left out with the reason, keeps its members and cannot be named', async () => {
    await apply([BUYERS, VISITORS]);
    await run();
    await stores.putProfiles([{ id: 'late', orders: 5, visits: 1 }]);

    await stores.operations.pauseSegment('buyers', { reason: 'prices are being corrected' });
    const paused = await run();

    expect(paused.segmentIds).toEqual(['visitors']);
    expect(paused.leftOut).toMatchObject([{ id: 'buyers' }]);
    expect(paused.leftOut[0]?.reason).toContain('prices are being corrected');
    expect(await members('buyers')).toEqual([PROFILES / 2]);
    expect(await listed('buyers')).toMatchObject({
      paused: { reason: 'prices are being corrected' },
      nextRun: null,
    });
    await expect(run({ segmentIds: ['buyers'], mode: 'count' })).rejects.toThrow(
      /Segment "buyers" is not computed: paused since .*: prices are being corrected; `strata segments resume buyers`/,
    );

    expect(await stores.operations.resumeSegment('buyers')).toEqual({ wasPaused: true });
    expect((await run()).segments).toMatchObject([{ id: 'buyers', entered: 1 }, { id: 'visitors' }]);
    await expect(stores.operations.pauseSegment('nobody', { reason: 'x' })).rejects.toThrow(
      'No published definition',
    );
  });

  test('a segment whose schedule is paused in Temporal has no next run', async () => {
    await apply([BUYERS, file('daily', 'cron: 0 9 * * *\ncondition: profile@orders > 0')]);
    const { client, environment } = strata;
    const told = withTemporal(stores.operations, createTemporalView(client, environment));

    await client.schedule.getHandle(`${environment}/live/every-1h`).pause('prices');

    // The server lists what it has heard of a moment ago.
    await expect
      .poll(() => told.segments(), { timeout: 20_000 })
      .toMatchObject([
        { id: 'buyers', group: 'every-1h', schedulePaused: 'prices', nextRun: null },
        { id: 'daily', schedulePaused: null, nextRun: expect.any(String) },
      ]);
  });

  test('another process pauses and resumes through the API, with a reason', async () => {
    await apply([BUYERS]);
    const server = await serveApi(apiOf(stores), { host: '127.0.0.1', port: 0, report: () => undefined });
    const remote = createHttpOperations(server.url);

    await expect(remote.pauseSegment('buyers', { reason: ' ' })).rejects.toThrow(
      'say why the segment is paused',
    );
    await expect(remote.pauseSegment('nobody', { reason: 'x' })).rejects.toThrow('No published definition');
    expect(await remote.pauseSegment('buyers', { reason: 'prices' })).toMatchObject({ reason: 'prices' });
    expect(await remote.segments()).toMatchObject([{ id: 'buyers', paused: { reason: 'prices' } }]);
    expect(await remote.resumeSegment('buyers')).toEqual({ wasPaused: true });
    expect(await remote.resumeSegment('buyers')).toEqual({ wasPaused: false });
    await server.stop();
  });

  test("two owners' folders live side by side: each apply replaces its own, schedules serve both", async () => {
    const theirs = [file('daily', 'condition: profile@visits > 0\nevery: 1d', 'x.yaml')];
    await apply(theirs, { owner: 'crm' });
    await apply([file('buyers', 'condition: profile@orders > 0', 'x.yaml')], { owner: 'shop' });
    await expect.poll(strata.schedules).toEqual(['audit/live', 'live/every-1d', 'live/every-1h']);

    const { published, plan } = await apply([], { owner: 'shop', prune: true, pruneAll: true });
    const record = await run();

    expect(published.retired).toMatchObject([{ id: 'buyers', retirement: { kind: 'pruned' } }]);
    expect(plan.steps.map(toWords)).toEqual([
      'unchanged live/every-1d',
      'unchanged audit/live',
      'delete live/every-1h',
    ]);
    expect(record.segments).toMatchObject([{ id: 'daily', entered: PROFILES }]);
    expect(await listed('daily')).toMatchObject({ owner: 'crm' });
  });

  test('processes that apply at once publish one after the other', async () => {
    const owners = ['sales', 'support', 'web'];

    await Promise.all(
      owners.map((owner) => apply([file(owner, 'condition: profile@orders > 0')], { owner })),
    );

    const segments = await stores.operations.segments();
    expect(segments.map(({ id }) => id).toSorted()).toEqual(owners);
  });

  test('a query is left out on the embedded store with what to do, and the others run', async () => {
    const { checked, published } = await apply([BUYERS, file('germans', 'query: traits.country:DE')]);
    const record = await run();

    expect(checked.problems).toEqual([
      {
        file: 'germans.yaml',
        line: 3,
        column: 1,
        message: expect.stringMatching(
          /evaluated by Elasticsearch, .* set ELASTIC_HOST, or write it as a condition/,
        ),
      },
    ]);
    expect(checked.definitions.map(({ segment }) => segment.id)).toEqual(['buyers']);
    expect(published.complete).toBe(false);
    expect(record).toMatchObject({
      leftOut: [{ id: 'germans', reason: expect.stringContaining('germans.yaml:3:1') }],
      segments: [{ id: 'buyers', entered: PROFILES / 2 }],
    });
    await expect(stores.operations.explain('germans', 'p-00', { slot: record.slot })).rejects.toThrow(
      '"germans" does not load',
    );
  });

  test.each<[string, DefinitionSource, RegExp]>([
    [
      'an id',
      file('buyers', 'condition: profile@visits > 0', 'y.yaml'),
      /id "buyers" is held by owner "crm" \(buyers\.yaml\)/,
    ],
    [
      'a value',
      file('b', 'condition: profile@visits > 0\nvalue: buyers'),
      /value "buyers" is written by segment buyers of owner "crm"/,
    ],
    [
      'a definition',
      file('b', 'condition: profile@visits > 0\nowner: crm'),
      /b\.yaml belongs to owner "crm", and this is "shop"/,
    ],
  ])('%s of another owner is refused, and nothing is changed', async (_, taken, message) => {
    await apply([BUYERS], { owner: 'crm' });
    const before = await stores.ledger.readDefinitions(null);

    const refused = apply([VISITORS, taken], { owner: 'shop' });

    await expect(refused).rejects.toThrow(message);
    await expect(refused).rejects.toBeInstanceOf(UserError);
    expect(await stores.ledger.readDefinitions(null)).toEqual(before);
  });
});
