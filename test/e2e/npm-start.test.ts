import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { beforeAll, describe, expect, test } from 'vitest';
import { z } from 'zod';
import { describeWithTemporal } from '../support/temporal.ts';
import { finish, makeFreshCopy, type Finished } from './fresh-copy.ts';

const CDNOW = fileURLToPath(new URL('../../../shared/data/cdnow/CDNOW_master.txt.gz', import.meta.url));
const SLOT = '2026-11-20T09:00:00.000Z';

const RunDocument = z.object({
  runId: z.string(),
  slot: z.string(),
  state: z.string(),
  profiles: z.number(),
  segments: z.array(
    z.object({ id: z.string(), members: z.number(), entered: z.number(), left: z.number(), errors: z.number(), mismatches: z.number() }),
  ),
  seconds: z.number(),
});

describeWithTemporal('a fresh copy', () => {
  let copy: string;

  beforeAll(async () => {
    copy = await makeFreshCopy();
  });

  const start = (...args: readonly string[]): Promise<Finished> => finish('npm', ['start', '--', '--once', ...args], { cwd: copy });
  const strata = (...args: readonly string[]): Promise<Finished> => finish(process.execPath, ['dist/cli/main.js', ...args], { cwd: copy });

  test('npm start -- --once makes sample shoppers, runs live segmentation and prints one JSON document', async () => {
    const { code, stdout } = await start('--json', '--slot', SLOT);

    const run = RunDocument.parse(JSON.parse(stdout));
    expect(code).toBe(0);
    expect(run).toMatchObject({ slot: SLOT, state: 'completed', profiles: 50_000 });
    expect(run.segments.every(({ members, entered, left }) => members > 0 && entered === members && left === 0)).toBe(true);
  });

  test('a second start finds its data: nobody enters and nobody leaves for the same slot', async () => {
    const { code, stdout } = await start('--json', '--slot', SLOT);

    const run = RunDocument.parse(JSON.parse(stdout));
    expect(code).toBe(0);
    expect(run.segments.map(({ entered, left }) => entered + left)).toEqual(run.segments.map(() => 0));
  });

  test('without --json a table is printed', async () => {
    const { stdout } = await start();

    expect(stdout).toMatch(/segment.*members.*entered.*left.*errors.*mismatches/);
    expect(stdout).toContain('loyalty-tiers');
  });

  test('the commands answer from the data folder when nothing runs', async () => {
    const segments = z.array(z.object({ id: z.string(), kind: z.string(), members: z.number(), lastRun: z.string(), nextRun: z.string() }));
    const listed = segments.parse(JSON.parse((await strata('segments', '--json')).stdout));
    const members = (await strata('members', 'big-spender', '--limit', '3', '--format', 'csv')).stdout.trim().split('\n');

    expect(listed.map(({ id }) => id)).toContain('big-spender');
    expect(members).toHaveLength(4);
    expect((await strata('explain', 'big-spender', members[1] ?? '')).stdout).toContain('profile@stats.spend');
    expect((await strata('members', 'nobody')).code).toBe(2);
  });

  describe.skipIf(!existsSync(CDNOW))('with the real purchases', () => {
    const data = ['--data', 'cdnow'];

    test('23,570 profiles and 69,659 orders are imported, and importing again changes nothing', async () => {
      const args = ['import', 'transactions', CDNOW, '--columns', 'user_id,order_date,units,amount', '--json', ...data];
      const first = JSON.parse((await strata(...args)).stdout);
      const second = JSON.parse((await strata(...args)).stdout);

      expect(first).toMatchObject({ orders: 69_659, profiles: 23_570, newProfiles: 23_570, badRows: 0, alreadyImported: false });
      expect(second).toMatchObject({ newProfiles: 0, alreadyImported: true });
    });

    test('11,908 customers bought once; the second run enters and leaves nobody', async () => {
      const folder = join(copy, 'cdnow-segments');
      const { mkdirSync, writeFileSync } = await import('node:fs');
      mkdirSync(folder, { recursive: true });
      writeFileSync(join(folder, 'once.yaml'), 'id: once\nkind: live\ncondition: profile@stats.orders == 1\n');
      const run = async () => RunDocument.parse(JSON.parse((await start('--json', ...data, '--segments', folder)).stdout));

      const first = await run();
      const second = await run();

      expect(first).toMatchObject({ profiles: 23_570, segments: [{ id: 'once', members: 11_908, entered: 11_908, left: 0 }] });
      expect(second).toMatchObject({ segments: [{ id: 'once', members: 11_908, entered: 0, left: 0 }] });
    });
  });
});
