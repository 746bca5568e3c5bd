import { existsSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Client, Connection } from '@temporalio/client';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { z } from 'zod';
import { type Child, killChildren, startChild, stillRunning } from '../support/child.ts';
import { killServerOf, readServerPid, readUp, RunDocument, type Up } from '../support/running-up.ts';
import { describeWithTemporal } from '../support/temporal.ts';
import { finish, makeFreshCopy, type Finished } from './fresh-copy.ts';

const CDNOW = fileURLToPath(new URL('../../../shared/data/cdnow/CDNOW_master.txt.gz', import.meta.url));
const SLOT = '2026-11-20T09:00:00.000Z';
const STAYS_UP = /Ctrl-C stops everything/;

function changesOf({ segments }: RunDocument): readonly number[] {
  return segments.map(({ entered, left }) => entered + left);
}

/** One story, told in order: each test goes on where the one before has stopped. */
describeWithTemporal('a fresh copy', () => {
  let copy: string;
  let firstRun: RunDocument;

  beforeAll(async () => {
    copy = await makeFreshCopy();
  });

  afterAll(async () => {
    await killChildren();
    killServerOf(join(copy, '.strata'));
    rmSync(copy, { recursive: true, force: true });
  });

  const start = (...args: readonly string[]): Child =>
    startChild('npm', ['start', '--', ...args], { cwd: copy });
  const strata = (...args: readonly string[]): Promise<Finished> =>
    finish(process.execPath, ['dist/cli/main.js', ...args], { cwd: copy });
  const json = async (...args: readonly string[]): Promise<unknown> => {
    const { code, stdout, stderr } = await strata(...args, '--json');
    expect(code, stderr).toBe(0);
    return JSON.parse(stdout);
  };

  test('npm start -- --once makes sample shoppers, runs live segmentation and prints one JSON document', async () => {
    const npm = start('--once', '--json', '--slot', SLOT);

    expect(await npm.ended, npm.stderr()).toBe(0);
    firstRun = RunDocument.parse(JSON.parse(npm.stdout()));
    expect(firstRun).toMatchObject({ slot: SLOT, state: 'completed', profiles: 50_000 });
    expect(firstRun.segments.map(({ id, entered, left }) => ({ id, entered, left }))).toEqual(
      firstRun.segments.map(({ id, members }) => ({ id, entered: members, left: 0 })),
    );
    expect(Math.min(...firstRun.segments.map(({ members }) => members))).toBeGreaterThan(0);
  });

  test('the commands answer by themselves when nothing runs', async () => {
    const ids = z.array(z.string()).parse(await json('members', 'big-spender', '--limit', '3'));
    const { stdout: csv } = await strata('members', 'big-spender', '--limit', '3', '--format', 'csv');
    const { stdout: tree } = await strata('explain', 'big-spender', ids[0] ?? '');

    expect(csv.trim().split('\n')).toEqual(['id', ...ids]);
    expect(tree).toContain('profile@stats.spend');
    expect(await strata('members', 'nobody')).toMatchObject({ code: 2, stdout: '' });
  });

  describe('that stays up', () => {
    let npm: Child;
    let up: Up;

    test('prints its table and finds the data of the start before', async () => {
      npm = start('--slot', SLOT);
      await npm.untilSaid(STAYS_UP);
      up = await readUp(join(copy, '.strata'));

      expect(npm.stdout()).toMatch(/segment.*members.*entered.*left.*errors.*mismatches/);
      expect(npm.stdout()).toContain('loyalty-tiers');
      expect(npm.stdout()).toContain('completed: 50,000 profiles');
      expect(npm.stderr()).toContain(`Temporal UI at ${up.ui}`);
    });

    test('serves the commands beside it: they read what it has, and start runs on its workers', async () => {
      const run = RunDocument.parse(
        await json('run', 'live', '--segment', 'big-spender', 'loyalty-tiers', '--slot', SLOT),
      );
      const [shopper = ''] = z.array(z.string()).parse(await json('members', 'big-spender', '--limit', '1'));

      expect(run).toMatchObject({
        state: 'completed',
        segments: [{ id: 'big-spender' }, { id: 'loyalty-tiers' }],
      });
      expect(changesOf(run)).toEqual([0, 0]);
      expect(await json('runs')).toMatchObject([
        { runId: run.runId },
        { slot: SLOT },
        { runId: firstRun.runId },
      ]);
      expect(await json('explain', 'big-spender', shopper)).toMatchObject({
        profileId: shopper,
        member: true,
      });
      expect(await json('changes', 'big-spender', '--run', firstRun.runId, '--limit', '1')).toMatchObject([
        { profileId: shopper, value: 'big-spender', change: 'entered' },
      ]);
    });

    test('lists each segment with its members, its last run and its next', async () => {
      const members = new Map(firstRun.segments.map((segment) => [segment.id, segment.members]));

      const listed = z
        .array(
          z.object({
            id: z.string(),
            kind: z.string(),
            members: z.number(),
            lastRun: z.string(),
            nextRun: z.iso.datetime(),
          }),
        )
        .parse(await json('segments'));

      expect(listed.map(({ id, kind, members: count, lastRun }) => ({ id, kind, count, lastRun }))).toEqual(
        [...members]
          .map(([id, count]) => ({ id, kind: 'live', count, lastRun: SLOT }))
          .toSorted((a, b) => (a.id < b.id ? -1 : 1)),
      );
    });

    test('has an hourly schedule and a daily audit, and a plan that changes neither', async () => {
      expect(await json('schedules', 'plan')).toMatchObject({
        problems: [],
        steps: [
          { kind: 'unchanged', schedule: { scheduleId: 'default/live/every-1h' } },
          { kind: 'unchanged', schedule: { scheduleId: 'default/audit/live' } },
        ],
      });
    });

    test('refuses a second one on its folder in one line, with exit code 2', async () => {
      const { code, stdout, stderr } = await strata('up');

      expect({ code, stdout, lines: stderr.trim().split('\n') }).toEqual({
        code: 2,
        stdout: '',
        lines: [expect.stringMatching(`^strata: .*in use by process ${up.pid}`)],
      });
    });

    test('killed with -9, it goes on at the next start: data, schedules and history are there', async () => {
      process.kill(up.pid, 'SIGKILL');
      await npm.ended;

      npm = start('--json', '--slot', SLOT);
      await npm.untilSaid(STAYS_UP);

      const run = RunDocument.parse(JSON.parse(npm.stdout()));
      expect(run.segments.map(({ id, members }) => ({ id, members }))).toEqual(
        firstRun.segments.map(({ id, members }) => ({ id, members })),
      );
      expect(changesOf(run)).toEqual(changesOf(run).map(() => 0));
      expect(npm.stderr()).toContain('default/live/every-1h: unchanged');
      up = await readUp(join(copy, '.strata'));
      expect(await readWorkflowIds(up)).toEqual(
        expect.arrayContaining([`default/${run.runId}`, `default/${firstRun.runId}`]),
      );
    });

    test('ends on Ctrl-C within 20 seconds, with its server and all else it has started', async () => {
      const server = readServerPid(join(copy, '.strata'));
      const before = Date.now();

      npm.killGroup('SIGINT');
      await npm.ended;

      expect(Date.now() - before).toBeLessThan(20_000);
      expect(stillRunning([up.pid, server, -npm.pid])).toEqual([]);
      expect(npm.stderr()).toContain('stopped; everything is in the data folder');
    });
  });

  describe.skipIf(!existsSync(CDNOW))('with the real purchases', () => {
    const data = ['--data', 'cdnow'];

    test('imports 23,570 profiles and 69,659 orders, and importing again changes nothing', async () => {
      const args = ['import', 'transactions', CDNOW, '--columns', 'user_id,order_date,units,amount', ...data];
      const first = await json(...args);
      const second = await json(...args);

      expect(first).toMatchObject({
        orders: 69_659,
        profiles: 23_570,
        newProfiles: 23_570,
        badRows: 0,
        alreadyImported: false,
      });
      expect(second).toMatchObject({ newProfiles: 0, alreadyImported: true });
    });

    test('finds 11,908 customers who bought once; the second run enters and leaves nobody', async () => {
      const folder = join(copy, 'cdnow-segments');
      mkdirSync(folder, { recursive: true });
      writeFileSync(
        join(folder, 'once.yaml'),
        'id: once\nkind: live\ncondition: profile@stats.orders == 1\n',
      );
      const run = async () => RunDocument.parse(await json('up', '--once', ...data, '--segments', folder));

      const first = await run();
      const second = await run();

      expect(first).toMatchObject({
        profiles: 23_570,
        segments: [{ id: 'once', members: 11_908, entered: 11_908, left: 0 }],
      });
      expect(second).toMatchObject({ segments: [{ id: 'once', members: 11_908, entered: 0, left: 0 }] });
    });
  });
});

async function readWorkflowIds({ temporal }: Up): Promise<readonly string[]> {
  const connection = await Connection.connect({ address: temporal });
  try {
    const ids: string[] = [];
    const query = 'WorkflowType = "segmentProfiles"';
    for await (const { workflowId } of new Client({ connection }).workflow.list({ query }))
      ids.push(workflowId);
    return ids;
  } finally {
    await connection.close();
  }
}
